"""Stories of sales and payouts, journal by journal; each ends where docs/ledger.md says."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from money.splitting import split_vat
from tests.ledger.books import (
    AT_STRIPE,
    CLEARING,
    COMMISSION,
    FEE,
    FEES,
    IN_TRANSIT,
    INCOME,
    KEPT,
    OUR_BANK,
    OWED,
    PART,
    PAYABLE,
    REFUNDS,
    RESERVED,
    TO_HER_BANK,
    TOTAL,
    VAT,
    arrive,
    draw,
    nothing_is_owed,
    pay_out,
    refund_after_payout,
    reserve,
    sale,
    send,
    standing,
    tell,
    transfer,
)

pytestmark = pytest.mark.django_db

OURS = {INCOME: COMMISSION, FEES: FEE}


def test_a_sale_is_paid_out_and_what_is_left_is_ours() -> None:
    tell("payment:1", (CLEARING, PAYABLE, PART), (CLEARING, INCOME, COMMISSION))
    assert standing() == {CLEARING: TOTAL, PAYABLE: PART, INCOME: COMMISSION}
    tell("fee:txn_1", (FEES, CLEARING, FEE))
    assert standing() == OURS | {CLEARING: 1_083_320, PAYABLE: PART}

    reserve()
    assert standing() == OURS | {CLEARING: 1_083_320, RESERVED: PART}
    transfer()
    assert standing() == OURS | {CLEARING: 60_320, AT_STRIPE: PART, IN_TRANSIT: PART}
    send()
    assert standing() == OURS | {CLEARING: 60_320, TO_HER_BANK: PART, IN_TRANSIT: PART}
    arrive()

    assert standing() == OURS | {CLEARING: 60_320}
    assert COMMISSION - FEE == 60_320
    draw(1, 60_320)
    assert standing() == OURS | {OUR_BANK: 60_320}
    assert nothing_is_owed()


def test_with_vat_its_part_of_the_commission_is_owed_to_the_state() -> None:
    net_minor, vat_minor = split_vat(COMMISSION, 2_500)
    tell("payment:1", (CLEARING, PAYABLE, PART), (CLEARING, INCOME, net_minor), (CLEARING, VAT, vat_minor))
    tell("fee:txn_1", (FEES, CLEARING, FEE))
    assert standing() == {CLEARING: 1_083_320, PAYABLE: PART, INCOME: 61_600, VAT: 15_400, FEES: FEE}

    pay_out()

    assert standing() == {CLEARING: 60_320, INCOME: 61_600, VAT: 15_400, FEES: FEE}


def test_a_late_payment_is_owed_to_its_buyer_and_sent_back() -> None:
    tell("payment:1:unapplied", (CLEARING, REFUNDS, TOTAL))
    tell("fee:txn_1", (FEES, CLEARING, FEE))
    assert standing() == {CLEARING: 1_083_320, REFUNDS: TOTAL, FEES: FEE}

    tell("refund:1:sent", (REFUNDS, CLEARING, TOTAL))

    assert standing() == {CLEARING: -FEE, FEES: FEE}


def test_what_a_policy_keeps_back_is_paid_on_a_day_of_its_own() -> None:
    sale()
    tell("reserve:1:kept", (PAYABLE, KEPT, 102_300))
    assert standing() == OURS | {CLEARING: 1_083_320, PAYABLE: 920_700, KEPT: 102_300}
    pay_out(1, minor=920_700)
    assert standing() == OURS | {CLEARING: 162_620, KEPT: 102_300}

    tell("reserve:1:released", (KEPT, PAYABLE, 102_300))
    assert standing() == OURS | {CLEARING: 162_620, PAYABLE: 102_300}
    pay_out(2, minor=102_300)

    assert standing() == OURS | {CLEARING: 60_320}


def test_an_item_that_stripe_refuses_is_payable_again_and_leaves_with_the_next() -> None:
    sale()
    reserve()
    tell("item:1:release:1", (RESERVED, PAYABLE, PART))
    assert standing() == OURS | {CLEARING: 1_083_320, PAYABLE: PART}

    pay_out(2)

    assert standing() == OURS | {CLEARING: 60_320}


def test_an_item_that_is_refused_gives_back_what_was_netted_on_it_too() -> None:
    sale(1)
    pay_out(1)
    tell("refund:1:requested", (OWED, REFUNDS, 511_500), (INCOME, REFUNDS, 38_500))
    sale(2)
    before = standing()
    assert (before[OWED], before[PAYABLE]) == (511_500, PART)

    tell("payout:2:netting:1", (PAYABLE, OWED, 511_500))
    reserve(2, minor=511_500)
    assert standing()[RESERVED] == 511_500
    assert OWED not in standing()
    tell("item:2:release:1", (RESERVED, PAYABLE, 511_500), (OWED, PAYABLE, 511_500))

    assert standing() == before


def test_two_of_three_items_leave_and_the_third_waits() -> None:
    for n in (1, 2, 3):
        sale(n)
    reserve(minor=3 * PART)
    transfer(1)
    transfer(2)
    tell("item:3:release:1", (RESERVED, PAYABLE, PART))
    send(minor=2 * PART)
    arrive(minor=2 * PART)

    assert standing() == {
        CLEARING: 3 * 60_320 + PART,
        PAYABLE: PART,
        INCOME: 3 * COMMISSION,
        FEES: 3 * FEE,
    }


def test_a_payout_that_fails_lies_at_stripe_and_is_sent_once_more() -> None:
    sale()
    reserve()
    transfer()
    send()
    tell("payout:1:failed:1", (AT_STRIPE, TO_HER_BANK, PART))
    assert standing() == OURS | {CLEARING: 60_320, AT_STRIPE: PART, IN_TRANSIT: PART}

    send(attempt=2)
    arrive(attempt=2)

    assert standing() == OURS | {CLEARING: 60_320}


def test_a_payout_that_comes_back_after_it_was_paid_is_in_transit_again() -> None:
    sale()
    pay_out()
    tell("payout:1:returned:1", (AT_STRIPE, IN_TRANSIT, PART))
    assert standing() == OURS | {CLEARING: 60_320, AT_STRIPE: PART, IN_TRANSIT: PART}

    send(attempt=2)
    arrive(attempt=2)

    assert standing() == OURS | {CLEARING: 60_320}


def test_a_transfer_that_is_taken_back_is_payable_again() -> None:
    sale()
    reserve()
    transfer()
    tell("reversal:1", (CLEARING, AT_STRIPE, PART), (IN_TRANSIT, PAYABLE, PART))
    assert standing() == OURS | {CLEARING: 1_083_320, PAYABLE: PART}

    pay_out(2)

    assert standing() == OURS | {CLEARING: 60_320}


def test_money_that_left_cannot_be_taken_back() -> None:
    sale()
    pay_out()

    with pytest.raises(IntegrityError, match="account_never_below_zero"), transaction.atomic():
        tell("reversal:1", (CLEARING, AT_STRIPE, PART), (IN_TRANSIT, PAYABLE, PART))

    assert standing() == OURS | {CLEARING: 60_320}


def test_a_debt_and_what_is_payable_stand_side_by_side_until_the_next_payout() -> None:
    sale(1)
    pay_out(1)
    refund_after_payout(1)
    sale(2)

    assert standing() == {
        CLEARING: -1_039_680 + 1_083_320,
        OWED: PART,
        PAYABLE: PART,
        INCOME: COMMISSION,
        FEES: 2 * FEE,
    }
