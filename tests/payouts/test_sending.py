"""From Stripe to the bank: what is too small goes along with another, and an attempt is refused once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from gateway.models import StripeCall
from gateway.payouts import MOST_SCHEDULES, payout_params
from payouts import sending, transferring
from payouts.holding import hold_schedule, release_schedule, trip_breaker
from payouts.models import ConnectedAccount, PayoutAttempt, PayoutSchedule
from payouts.processors import _to_look_at
from payouts.reserving import reserve
from tests.cast import Cast
from tests.payouts.moving import (
    DUE,
    PART_MINOR,
    arrived,
    refuse,
    sales_of,
    sent,
    sent_back,
    transfer,
    transferred,
)

pytestmark = pytest.mark.usefixtures("books_hold")

TOMORROW = DUE + timedelta(days=1)


def small_left_over(cast: Cast) -> PayoutSchedule:
    """Of a schedule with a large and a tiny line only the tiny one was transferred."""
    sales_of(cast, 1)
    sales_of(cast, 1, amount_minor=1_000)
    schedule = PayoutSchedule.objects.get()
    assert reserve(schedule.pk, at=DUE)
    large, tiny = schedule.items.select_related("schedule").order_by("pk")
    refuse(large, "charge_disputed")
    transfer(tiny)
    transferring._conclude(schedule.pk, at=DUE)
    schedule.refresh_from_db()
    assert (schedule.state, schedule.total_minor) == ("transferred", 930)
    return schedule


def following(cast: Cast) -> PayoutSchedule:
    """The next schedule, transferred whole."""
    schedule = PayoutSchedule.objects.get(state="scheduled")
    at = DUE + timedelta(days=1)
    assert reserve(schedule.pk, at=at)
    for item in schedule.items.select_related("schedule").filter(state="reserved"):
        transfer(item)
    transferring._conclude(schedule.pk, at=at)
    schedule.refresh_from_db()
    return schedule


def test_what_is_too_small_alone_leaves_with_the_sellers_next(cast: Cast, account: ConnectedAccount) -> None:
    small = small_left_over(cast)
    assert sending._write_attempt(small.pk, there_minor=10**9, at=DUE) is None
    small.refresh_from_db()
    assert "too little" in small.reason

    large = sent(following(cast), at=TOMORROW)

    small.refresh_from_db()
    assert small.payout == large.payout
    assert {small.state, large.state} == {"in_transit"}
    assert PayoutAttempt.objects.get().amount_minor == PART_MINOR + 930
    arrived(large)
    small.refresh_from_db()
    assert small.state == "paid"


def test_what_the_account_does_not_hold_is_not_taken_along(cast: Cast, account: ConnectedAccount) -> None:
    small = small_left_over(cast)

    sent(following(cast), there_minor=PART_MINOR + 929, at=TOMORROW)

    small.refresh_from_db()
    assert (small.state, PayoutAttempt.objects.get().amount_minor) == ("transferred", PART_MINOR)


def test_no_more_leave_together_than_stripe_keeps_the_names_of(
    cast: Cast, account: ConnectedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "MOST_SCHEDULES", 1)
    small = small_left_over(cast)

    sent(following(cast), at=TOMORROW)

    small.refresh_from_db()
    assert (small.state, PayoutAttempt.objects.get().amount_minor) == ("transferred", PART_MINOR)
    longest = payout_params(
        attempt_id=small.pk,
        schedules=[(small.pk, 999)] * MOST_SCHEDULES,
        amount_minor=1,
        currency="SEK",
        bank_account_id="ba",
    )
    assert len(longest["metadata"]["schedules"]) <= 500


def test_what_is_being_taken_back_is_not_taken_along(cast: Cast, account: ConnectedAccount) -> None:
    small = small_left_over(cast)
    assert sending._write_attempt(small.pk, there_minor=10**9, at=DUE) is None
    PayoutSchedule.objects.filter(pk=small.pk).update(is_being_reversed=True)

    sent(following(cast), at=TOMORROW)

    small.refresh_from_db()
    assert (small.state, PayoutAttempt.objects.get().amount_minor) == ("transferred", PART_MINOR)


def test_what_came_back_together_leaves_together_again(cast: Cast, account: ConnectedAccount) -> None:
    small = small_left_over(cast)
    large = sent(following(cast), at=TOMORROW)
    large = sent_back(large, "could_not_process", at=TOMORROW)

    large = sent(large, at=TOMORROW + timedelta(days=1))

    small.refresh_from_db()
    assert (small.state, small.payout) == ("in_transit", large.payout)
    assert (small.attempt, large.attempt) == (2, 2)


def test_whoever_hears_late_of_a_refusal_does_not_refuse_a_newer_attempt(
    cast: Cast, account: ConnectedAccount
) -> None:
    sales_of(cast, 1)
    schedule = PayoutSchedule.objects.get()
    assert reserve(schedule.pk, at=DUE)
    transfer(schedule.items.select_related("schedule").get())
    transferring._conclude(schedule.pk, at=DUE)
    old = sending._write_attempt(schedule.pk, there_minor=10**9, at=DUE)
    assert old is not None
    sending._refuse(old.pk, "balance_insufficient", at=DUE)
    newer = sending._write_attempt(schedule.pk, there_minor=10**9, at=TOMORROW)
    assert newer is not None and newer.pk != old.pk

    sending._refuse(old.pk, "balance_insufficient", at=TOMORROW)

    newer.refresh_from_db()
    assert newer.state == "open"


def test_refused_it_asks_again_on_the_next_bank_day_and_not_every_minute(
    cast: Cast, account: ConnectedAccount
) -> None:
    sales_of(cast, 1)
    schedule = PayoutSchedule.objects.get()
    assert reserve(schedule.pk, at=DUE)
    transfer(schedule.items.select_related("schedule").get())
    transferring._conclude(schedule.pk, at=DUE)
    attempt = sending._write_attempt(schedule.pk, there_minor=10**9, at=DUE)
    assert attempt is not None

    sending._refuse(attempt.pk, "payouts_not_allowed", at=DUE)

    schedule.refresh_from_db()
    assert (schedule.reason, schedule.retry_on) == (
        "Stripe does not pay it out yet (payouts_not_allowed).",
        date(2026, 12, 1),
    )
    later = DUE + timedelta(minutes=1)
    assert sending._write_attempt(schedule.pk, there_minor=10**9, at=later) is None
    assert sending._write_attempt(schedule.pk, there_minor=10**9, at=TOMORROW) is not None
    assert StripeCall.objects.filter(purpose="payout").count() == 2


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"payouts_enabled": False}, "Stripe needs more"),
        ({"deauthorized_at": DUE}, "no longer connected"),
    ],
)
def test_an_account_that_was_lost_on_the_way_keeps_the_payout_and_says_why(
    cast: Cast, account: ConnectedAccount, schedule: PayoutSchedule, changed: dict, words: str
) -> None:
    assert reserve(schedule.pk, at=DUE)
    for item in schedule.items.select_related("schedule"):
        transfer(item)
    transferring._conclude(schedule.pk, at=DUE)
    ConnectedAccount.objects.update(**changed)

    assert sending._write_attempt(schedule.pk, there_minor=10**9, at=DUE) is None

    schedule.refresh_from_db()
    assert schedule.state == "transferred" and words in schedule.reason


def test_a_changed_bank_account_leaves_what_is_on_its_way_alone(
    cast: Cast, account: ConnectedAccount, schedule: PayoutSchedule
) -> None:
    assert reserve(schedule.pk, at=DUE)
    for item in schedule.items.select_related("schedule"):
        transfer(item)
    transferring._conclude(schedule.pk, at=DUE)
    ConnectedAccount.objects.update(bank_account_id="ba_new", bank_changed_at=DUE)

    attempt = sending._write_attempt(schedule.pk, there_minor=10**9, at=DUE)

    assert attempt is not None and attempt.destination_bank == account.bank_account_id


def test_a_bank_account_that_stripe_knows_no_more_gives_way_to_the_new_one_after_72_hours(
    cast: Cast, account: ConnectedAccount, schedule: PayoutSchedule
) -> None:
    assert reserve(schedule.pk, at=DUE)
    for item in schedule.items.select_related("schedule"):
        transfer(item)
    transferring._conclude(schedule.pk, at=DUE)
    ConnectedAccount.objects.update(bank_account_id="ba_new", bank_changed_at=DUE)
    attempt = sending._write_attempt(schedule.pk, there_minor=10**9, at=DUE)
    assert attempt is not None
    sending._refuse(attempt.pk, "resource_missing", at=DUE)

    assert sending._write_attempt(schedule.pk, there_minor=10**9, at=DUE + timedelta(hours=71)) is None
    anew = sending._write_attempt(schedule.pk, there_minor=10**9, at=DUE + timedelta(hours=72))

    assert anew is not None and anew.destination_bank == "ba_new"


def test_however_many_wait_all_are_looked_at(cast: Cast, account: ConnectedAccount) -> None:
    for _ in range(5):
        sales_of(cast, 1)
        schedule = PayoutSchedule.objects.get(is_closed=False)
        hold_schedule(schedule, reason="a question", by=cast.olga, at=DUE)
        release_schedule(schedule, reason="answered", by=cast.olga, at=DUE)

    looked_at = [schedule.number for schedule in _to_look_at(DUE, page=2)]

    assert len(looked_at) == 5 and looked_at == sorted(looked_at)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Of which accounts Stripe was asked what is there."""
    accounts: list[str] = []

    def nothing_there(account: str, _: str) -> int:
        accounts.append(account)
        return 0

    monkeypatch.setattr(sending, "available_minor", nothing_there)
    return accounts


def test_while_payouts_are_stopped_stripe_is_not_even_asked(
    cast: Cast, account: ConnectedAccount, asked: list[str]
) -> None:
    sales_of(cast, 1)
    schedule = transferred(PayoutSchedule.objects.get())
    assert not sending.send_to_bank(schedule.pk, at=DUE)
    assert asked == [schedule.destination_account]
    trip_breaker("payout", reason="Looked into.", at=DUE)

    assert not sending.send_to_bank(schedule.pk, at=DUE)
    assert len(asked) == 1


def test_what_is_being_taken_back_goes_nowhere(
    cast: Cast, account: ConnectedAccount, asked: list[str]
) -> None:
    sales_of(cast, 1)
    schedule = transferred(PayoutSchedule.objects.get())
    PayoutSchedule.objects.update(is_being_reversed=True)

    assert not sending.send_to_bank(schedule.pk, at=DUE)
    assert sending._write_attempt(schedule.pk, there_minor=10**9, at=DUE) is None
    assert asked == []
