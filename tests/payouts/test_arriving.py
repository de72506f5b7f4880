"""What the bank says: arrived, or sent back; who waits for whom then, and what is tried again."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from gateway.models import StripeCall
from payouts import sending
from payouts.arriving import record_payout_paid, stop_for_strange_payout
from payouts.models import ConnectedAccount, Earning, Hold, PayoutSchedule
from payouts.onboarding import keep_account
from payouts.reserving import reserve
from tests.cast import Cast
from tests.payouts.moving import (
    DUE,
    arrived,
    facts,
    in_the_bank,
    owe,
    sales_of,
    sent,
    sent_back,
    stands,
    transferred,
)
from tests.payouts.telling import told_of

pytestmark = pytest.mark.usefixtures("books_hold")

TRIES = [DUE + timedelta(days=days) for days in (1, 2, 3)]


def test_whatever_may_go_better_is_tried_on_the_next_three_bank_days_as_new_payouts(
    cast: Cast, account: ConnectedAccount, schedule: PayoutSchedule
) -> None:
    schedule = sent_back(in_the_bank(schedule), "could_not_process")

    for number, at in enumerate(TRIES, start=2):
        assert schedule.retry_on == at.date()
        assert sending._write_attempt(schedule.pk, there_minor=10**9, at=at - timedelta(days=1)) is None
        schedule = sent(schedule, at=at)
        assert schedule.attempt == number
        schedule = sent_back(schedule, "could_not_process", at=at)

    assert (schedule.state, schedule.retry_on) == ("returned", None)
    assert StripeCall.objects.filter(purpose="payout").count() == 4
    assert StripeCall.objects.filter(purpose="transfer").count() == 3
    assert stands(cast) == {"in_transit": 3, "connected": 3}


@pytest.mark.parametrize("code", ["account_closed", "no_account", "account_frozen", "invalid_currency"])
def test_what_only_the_seller_can_mend_waits_and_then_goes_to_the_new_bank_account(
    cast: Cast, account: ConnectedAccount, schedule: PayoutSchedule, code: str
) -> None:
    schedule = sent_back(in_the_bank(schedule), code)
    assert schedule.retry_on is None

    keep_account(told_of(account, bank_account_id="ba_new"), told_at=DUE, at=DUE)

    schedule.refresh_from_db()
    assert schedule.retry_on == date(2026, 12, 3)
    early = DUE + timedelta(hours=71)
    assert sending._write_attempt(schedule.pk, there_minor=10**9, at=early) is None
    schedule = sent(schedule, at=DUE + timedelta(hours=72))
    assert schedule.payout is not None and schedule.payout.destination_bank == "ba_new"
    assert StripeCall.objects.filter(purpose="transfer").count() == 3


def test_a_seller_who_changed_the_bank_before_it_came_back_need_not_do_it_again(
    cast: Cast, account: ConnectedAccount, schedule: PayoutSchedule
) -> None:
    schedule = in_the_bank(schedule)
    keep_account(told_of(account, bank_account_id="ba_new"), told_at=DUE, at=DUE)

    schedule = sent_back(schedule, "account_closed")

    assert schedule.retry_on == date(2026, 12, 1)
    assert sending._write_attempt(schedule.pk, there_minor=10**9, at=DUE + timedelta(hours=71)) is None
    schedule = sent(schedule, at=DUE + timedelta(hours=72))
    assert schedule.payout is not None and schedule.payout.destination_bank == "ba_new"


def test_a_late_failure_touches_only_what_was_in_the_payout(cast: Cast, account: ConnectedAccount) -> None:
    sales_of(cast, 2)
    owe(cast, 1_023_000)
    schedule = arrived(in_the_bank(PayoutSchedule.objects.get()))
    assert set(Earning.objects.values_list("status", flat=True)) == {"completed"}

    sent_back(schedule, "could_not_process")

    assert sorted(Earning.objects.values_list("status", flat=True)) == ["completed", "pending"]


def test_after_a_late_failure_the_retry_completes_the_lines_again(
    cast: Cast, account: ConnectedAccount, schedule: PayoutSchedule
) -> None:
    schedule = sent_back(arrived(in_the_bank(schedule)), "could_not_process")

    arrived(sent(schedule, at=TRIES[0]), at=TRIES[0])

    assert set(Earning.objects.values_list("status", flat=True)) == {"completed"}
    assert stands(cast) == {}


def test_a_payout_nobody_asked_for_stops_that_sellers_money_once(
    cast: Cast, account: ConnectedAccount, schedule: PayoutSchedule
) -> None:
    strange = facts(in_the_bank(schedule).payout, id="po_strange", attempt_id=None)
    owner = account.stripe_account_id or ""

    assert stop_for_strange_payout(strange.id, account=owner, at=DUE)
    assert stop_for_strange_payout(strange.id, account=owner, at=DUE)
    assert not stop_for_strange_payout(strange.id, account="acct_somebody", at=DUE)

    assert "po_strange" in Hold.objects.get().reason
    sales_of(cast, 1)
    assert not reserve(PayoutSchedule.objects.get(state="scheduled").pk, at=DUE)


def test_on_somebody_elses_account_our_attempts_name_is_not_waited_for(
    cast: Cast, account: ConnectedAccount, schedule: PayoutSchedule
) -> None:
    schedule = transferred(schedule)
    attempt = sending._write_attempt(schedule.pk, there_minor=10**9, at=DUE)

    assert record_payout_paid(facts(attempt), account="acct_somebody", at=DUE) is None
