"""Stories of our own money: drawn, returned, topped up, held by Stripe, converted, and not yet named."""

from __future__ import annotations

import pytest

from tests.ledger.books import (
    CLEARING,
    COMMISSION,
    FEE,
    FEES,
    FX,
    HELD_BY_STRIPE,
    INCOME,
    LOSSES,
    OUR_BANK,
    PAYABLE,
    REFUNDS,
    SUSPENSE,
    TO_OUR_BANK,
    TOTAL,
    draw,
    nothing_is_owed,
    pay_out,
    sale,
    standing,
    tell,
)

pytestmark = pytest.mark.django_db

OURS = {INCOME: COMMISSION, FEES: FEE}


@pytest.fixture
def earned() -> None:
    """One sale, paid out; 60 320 are ours."""
    sale()
    pay_out()
    assert standing() == OURS | {CLEARING: 60_320}


def test_what_we_draw_is_on_its_way_and_then_in_our_bank(earned: None) -> None:
    tell("platform_payout:1:sent", (TO_OUR_BANK, CLEARING, 60_320))
    assert standing() == OURS | {TO_OUR_BANK: 60_320}

    tell("platform_payout:1:paid", (OUR_BANK, TO_OUR_BANK, 60_320))

    assert standing() == OURS | {OUR_BANK: 60_320}


def test_what_our_bank_refuses_is_at_stripe_again(earned: None) -> None:
    tell("platform_payout:1:sent", (TO_OUR_BANK, CLEARING, 60_320))

    tell("platform_payout:1:failed", (CLEARING, TO_OUR_BANK, 60_320))

    assert standing() == OURS | {CLEARING: 60_320}


def test_what_our_bank_sends_back_is_at_stripe_again(earned: None) -> None:
    draw(1, 60_320)

    tell("platform_payout:1:failed", (CLEARING, OUR_BANK, 60_320))

    assert standing() == OURS | {CLEARING: 60_320}


def test_a_top_up_brings_back_what_was_drawn(earned: None) -> None:
    draw(1, 60_320)

    tell("topup:1", (CLEARING, OUR_BANK, 20_000))

    assert standing() == OURS | {CLEARING: 20_000, OUR_BANK: 40_320}


def test_what_stripe_holds_back_is_ours_all_the_same(earned: None) -> None:
    tell("stripe_hold:txn_h", (HELD_BY_STRIPE, CLEARING, 25_000))
    assert standing() == OURS | {CLEARING: 35_320, HELD_BY_STRIPE: 25_000}

    tell("stripe_hold:txn_h:released", (CLEARING, HELD_BY_STRIPE, 25_000))

    assert standing() == OURS | {CLEARING: 60_320}


def test_a_fee_of_stripes_own_and_one_that_is_given_back(earned: None) -> None:
    tell("fee:txn_own", (FEES, CLEARING, 2_000))
    assert standing() == {INCOME: COMMISSION, FEES: FEE + 2_000, CLEARING: 58_320}

    tell("fee:txn_back", (CLEARING, FEES, 2_000))

    assert standing() == OURS | {CLEARING: 60_320}


def test_a_charge_in_euro_that_settles_in_kronor_stands_on_both_sides_of_the_conversion() -> None:
    tell("fx:txn_1", (CLEARING, FX, 1_130_000))
    tell("payment:1", (FX, PAYABLE, 93_000), (FX, INCOME, 7_000), currency="EUR")
    tell("fee:txn_1", (FEES, CLEARING, 32_950))

    assert standing("SEK") == {CLEARING: 1_097_050, FX: 1_130_000, FEES: 32_950}
    assert standing("EUR") == {FX: -100_000, PAYABLE: 93_000, INCOME: 7_000}


def test_what_came_in_without_a_name_is_suspense_until_it_has_one() -> None:
    tell("suspense:txn_1", (CLEARING, SUSPENSE, TOTAL))
    assert standing() == {CLEARING: TOTAL, SUSPENSE: TOTAL}

    tell("suspense:txn_1:named", (SUSPENSE, REFUNDS, TOTAL))
    assert standing() == {CLEARING: TOTAL, REFUNDS: TOTAL}
    tell("refund:1:sent", (REFUNDS, CLEARING, TOTAL))

    assert standing() == {}
    assert nothing_is_owed()


def test_what_left_without_a_name_is_missing_until_it_has_one(earned: None) -> None:
    tell("suspense:txn_1", (SUSPENSE, CLEARING, 5_000))
    assert standing() == OURS | {CLEARING: 55_320, SUSPENSE: -5_000}

    tell("suspense:txn_1:named", (LOSSES, SUSPENSE, 5_000))

    assert standing() == OURS | {CLEARING: 55_320, LOSSES: 5_000}


def test_a_sale_that_is_told_late_takes_its_money_out_of_suspense() -> None:
    tell("suspense:txn_1", (CLEARING, SUSPENSE, TOTAL))
    sale()
    assert standing()[CLEARING] == 2 * TOTAL - FEE

    tell("suspense:txn_1:named", (SUSPENSE, CLEARING, TOTAL))
    pay_out()

    assert standing() == OURS | {CLEARING: 60_320}
