"""An operator takes transfers back: while the money still lies at Stripe, and each line once."""

from __future__ import annotations

import pytest

from gateway.client import StripeAway
from ledger.balances import balance_minor
from payouts.arriving import record_payout_failed
from payouts.models import Earning, PayoutItem, PayoutSchedule
from payouts.processors import PayoutProcessor
from payouts.reversing import ReversalRefused, reverse_schedule
from tests.payouts.books import assert_books_hold
from tests.payouts.moving import balance, facts, owe
from tests.payouts.wire import Wire

PART_MINOR = 1_023_000
REVERSALS = "/v1/transfers/{id}/reversals"


@pytest.fixture
def lying(wire: Wire) -> PayoutSchedule:
    """Two sales, transferred; Stripe would not send them to the bank."""
    for _ in range(2):
        wire.sell()
    return _lie(wire)


def _lie(wire: Wire) -> PayoutSchedule:
    wire.pass_days(7)
    wire.fail("account_disabled", "/v1/payouts")
    PayoutProcessor.pay_due_schedules(at=wire.now)
    wire.mend()
    schedule = PayoutSchedule.objects.get(state="transferred")
    assert "payouts_not_allowed" in schedule.reason
    return schedule


def take_back(wire: Wire, schedule: PayoutSchedule) -> int:
    return reverse_schedule(schedule, reason="a mistake", by=wire.cast.olga, at=wire.now)


def test_all_of_it_comes_back_and_every_line_has_a_new_day(wire: Wire, lying: PayoutSchedule) -> None:
    assert take_back(wire, lying) == 2

    lying.refresh_from_db()
    assert lying.state == "canceled"
    assert wire.made("reversal") == [PART_MINOR] * 2
    assert balance(wire.cast, "payable") == 2 * PART_MINOR
    assert balance_minor("stripe:clearing") == 2 * 1_100_000
    assert_books_hold()
    with pytest.raises(ReversalRefused):
        take_back(wire, lying)

    wire.pass_days(1)
    PayoutProcessor.pay_due_schedules(at=wire.now)
    assert wire.made("transfer") == [PART_MINOR] * 4
    assert wire.made("payout") == [2 * PART_MINOR]
    assert_books_hold()


def test_what_stripe_refuses_goes_on_and_the_rest_has_a_new_day(wire: Wire, lying: PayoutSchedule) -> None:
    wire.fail("insufficient_funds", REVERSALS, nth=2)

    assert take_back(wire, lying) == 1

    lying.refresh_from_db()
    assert (lying.state, lying.total_minor, lying.item_count) == ("transferred", PART_MINOR, 1)
    assert PayoutSchedule.objects.get(state="scheduled").total_minor == PART_MINOR
    assert_books_hold()
    wire.mend()
    wire.pass_days(1)
    PayoutProcessor.pay_due_schedules(at=wire.now)
    assert wire.made("payout") == [PART_MINOR] * 2
    assert_books_hold()


@pytest.mark.parametrize("kind", ["reset_before", "reset_after"])
def test_without_an_answer_nothing_leaves_and_the_next_run_brings_it_to_its_end(
    wire: Wire, lying: PayoutSchedule, kind: str
) -> None:
    wire.fail(kind, REVERSALS)
    with pytest.raises(StripeAway):
        take_back(wire, lying)
    assert_books_hold()

    PayoutProcessor.pay_due_schedules(at=wire.now)

    lying.refresh_from_db()
    assert (lying.state, wire.made("reversal"), wire.made("payout")) == ("canceled", [PART_MINOR] * 2, [])
    assert_books_hold()


def test_what_came_back_and_is_being_taken_back_is_brought_to_its_end_too(wire: Wire) -> None:
    wire.sell()
    wire.pass_days(7)
    wire.fail("payout_failed", "/v1/payouts")
    PayoutProcessor.pay_due_schedules(at=wire.now)
    wire.mend()
    schedule = PayoutSchedule.objects.get()
    wire.pass_days(1)
    schedule = sent_back_for_the_seller(schedule)
    wire.fail("reset_before", REVERSALS)
    with pytest.raises(StripeAway):
        take_back(wire, schedule)

    PayoutProcessor.pay_due_schedules(at=wire.now)

    schedule.refresh_from_db()
    assert (schedule.state, wire.made("reversal")) == ("canceled", [PART_MINOR])
    assert_books_hold()


def sent_back_for_the_seller(schedule: PayoutSchedule) -> PayoutSchedule:
    """The bank says that the account is closed: nothing is tried again by itself."""
    assert schedule.payout is not None
    told = facts(
        schedule.payout,
        "failed",
        id=schedule.payout.stripe_payout_id,
        failure_code="account_closed",
    )
    assert record_payout_failed(told, account=schedule.destination_account, at=schedule.updated_at)
    schedule.refresh_from_db()
    return schedule


def test_what_is_owed_is_paid_off_first_and_only_the_rest_leaves_again(
    wire: Wire, lying: PayoutSchedule
) -> None:
    owe(wire.cast, 1_100_000)

    assert take_back(wire, lying) == 2

    assert (balance(wire.cast, "receivable"), balance(wire.cast, "payable")) == (0, 946_000)
    assert sorted(Earning.objects.values_list("status", flat=True)) == ["completed", "pending"]
    assert_books_hold()
    wire.pass_days(1)
    PayoutProcessor.pay_due_schedules(at=wire.now)
    assert wire.made("payout") == [946_000]
    assert_books_hold()


def test_what_was_netted_before_stays_netted(wire: Wire) -> None:
    wire.sell()
    owe(wire.cast, 23_000)

    take_back(wire, _lie(wire))

    assert (balance(wire.cast, "receivable"), balance(wire.cast, "payable")) == (0, 1_000_000)
    item = PayoutItem.objects.get(state="waiting")
    assert (item.gross_minor, item.netted_minor, item.net_minor) == (1_023_000, 23_000, 1_000_000)
    assert_books_hold()


def test_a_payout_that_may_be_on_its_way_is_waited_for(wire: Wire) -> None:
    wire.sell()
    wire.pass_days(7)
    wire.fail("reset_after", "/v1/payouts")
    PayoutProcessor.pay_due_schedules(at=wire.now)
    wire.mend()
    schedule = PayoutSchedule.objects.get(state="transferred")

    with pytest.raises(ReversalRefused, match="may be on its way"):
        take_back(wire, schedule)

    PayoutProcessor.pay_due_schedules(at=wire.now)
    assert (wire.made("payout"), wire.made("reversal")) == ([PART_MINOR], [])
    assert_books_hold()
