"""Stories of disputes: before and after the payout, won, lost, and withdrawn more than the charge."""

from __future__ import annotations

import pytest

from tests.ledger.books import (
    CLEARING,
    COMMISSION,
    CONTESTED,
    DISPUTE_FEES,
    DISPUTED,
    FEE,
    FEES,
    INCOME,
    KEPT,
    LOSSES,
    OWED,
    PART,
    PAYABLE,
    TOTAL,
    nothing_is_owed,
    pay_out,
    sale,
    standing,
    tell,
)

pytestmark = pytest.mark.django_db

# What Stripe takes for a dispute.
D = 15_000
OURS = {INCOME: COMMISSION, FEES: FEE, DISPUTE_FEES: D}


def withdraw(taken_from: str, *, minor: int = TOTAL) -> None:
    """Journal 18."""
    tell("dispute:1:withdrawn", (DISPUTED, CLEARING, minor), (taken_from, CONTESTED, PART))
    tell("dispute:1:fee:txn_d", (DISPUTE_FEES, CLEARING, D))


def win(given_to: str, *, minor: int = TOTAL) -> None:
    """Journal 19."""
    tell("dispute:1:reinstated", (CLEARING, DISPUTED, minor), (CONTESTED, given_to, PART))


def lose(*, excess_minor: int = 0) -> None:
    """Journal 20."""
    tell(
        "dispute:1:lost",
        (CONTESTED, DISPUTED, PART),
        (INCOME, DISPUTED, COMMISSION),
        (LOSSES, DISPUTED, excess_minor),
    )


def test_lost_before_the_payout_it_costs_both_fees() -> None:
    sale()
    withdraw(PAYABLE)
    assert standing() == OURS | {CLEARING: -FEE - D, DISPUTED: TOTAL, CONTESTED: PART}

    lose()

    assert standing() == {CLEARING: -FEE - D, FEES: FEE, DISPUTE_FEES: D}
    assert nothing_is_owed()


def test_won_before_the_payout_the_seller_is_paid_and_only_the_disputes_fee_is_gone() -> None:
    sale()
    withdraw(PAYABLE)
    win(PAYABLE)
    assert standing() == OURS | {CLEARING: 1_083_320 - D, PAYABLE: PART}

    pay_out()

    assert standing() == OURS | {CLEARING: 60_320 - D}


def test_lost_after_the_payout_the_seller_owes_it() -> None:
    sale()
    pay_out()
    withdraw(OWED)
    assert standing() == OURS | {
        CLEARING: 60_320 - TOTAL - D,
        DISPUTED: TOTAL,
        CONTESTED: PART,
        OWED: PART,
    }

    lose()

    assert standing() == {CLEARING: 60_320 - TOTAL - D, OWED: PART, FEES: FEE, DISPUTE_FEES: D}


def test_won_after_the_payout_nobody_owes_anything() -> None:
    sale()
    pay_out()
    withdraw(OWED)
    win(OWED)

    assert standing() == OURS | {CLEARING: 60_320 - D}
    assert nothing_is_owed()


def test_while_it_is_open_a_later_payout_is_netted_and_a_win_gives_that_back() -> None:
    sale(1)
    pay_out(1)
    withdraw(OWED)
    sale(2)
    tell("payout:2:netting:1", (PAYABLE, OWED, PART))
    assert standing()[CONTESTED] == PART
    assert OWED not in standing()

    win(PAYABLE)
    pay_out(3)

    assert standing() == {
        CLEARING: 2 * 60_320 - D,
        INCOME: 2 * COMMISSION,
        FEES: 2 * FEE,
        DISPUTE_FEES: D,
    }


def test_a_debt_that_was_netted_in_part_is_paid_off_before_a_win_is_payable() -> None:
    sale(1)
    pay_out(1)
    withdraw(OWED)
    tell("payment:2", (CLEARING, PAYABLE, 93_000), (CLEARING, INCOME, 7_000))
    tell("payout:2:netting:1", (PAYABLE, OWED, 93_000))

    tell(
        "dispute:1:reinstated",
        (CLEARING, DISPUTED, TOTAL),
        (CONTESTED, OWED, 930_000),
        (CONTESTED, PAYABLE, 93_000),
    )

    assert standing() == {
        CLEARING: 60_320 - D + 100_000,
        PAYABLE: 93_000,
        INCOME: COMMISSION + 7_000,
        FEES: FEE,
        DISPUTE_FEES: D,
    }


@pytest.mark.parametrize("excess_minor", [1, 50_000])
def test_what_is_withdrawn_beyond_the_charge_is_our_loss(excess_minor: int) -> None:
    sale()
    withdraw(PAYABLE, minor=TOTAL + excess_minor)
    assert standing()[DISPUTED] == TOTAL + excess_minor

    lose(excess_minor=excess_minor)

    assert standing() == {
        CLEARING: -FEE - D - excess_minor,
        FEES: FEE,
        DISPUTE_FEES: D,
        LOSSES: excess_minor,
    }


def test_won_it_comes_back_with_what_was_withdrawn_beyond_the_charge() -> None:
    sale()
    withdraw(PAYABLE, minor=TOTAL + 50_000)
    win(PAYABLE, minor=TOTAL + 50_000)
    pay_out()

    assert standing() == OURS | {CLEARING: 60_320 - D}


def test_a_part_that_was_kept_back_is_contested_too() -> None:
    sale()
    tell("reserve:1:kept", (PAYABLE, KEPT, 102_300))
    tell(
        "dispute:1:withdrawn",
        (DISPUTED, CLEARING, TOTAL),
        (PAYABLE, CONTESTED, 920_700),
        (KEPT, CONTESTED, 102_300),
    )
    tell("dispute:1:fee:txn_d", (DISPUTE_FEES, CLEARING, D))

    lose()

    assert standing() == {CLEARING: -FEE - D, FEES: FEE, DISPUTE_FEES: D}


def test_a_fee_that_stripe_gives_back_leaves_no_trace() -> None:
    sale()
    withdraw(PAYABLE)
    win(PAYABLE)
    tell("dispute:1:fee:txn_back", (CLEARING, DISPUTE_FEES, D))
    pay_out()

    assert standing() == {CLEARING: 60_320, INCOME: COMMISSION, FEES: FEE}
