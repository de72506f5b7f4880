"""What keeps money where it is: a hold by name, the seller's own pause, and the breaker."""

from __future__ import annotations

from datetime import timedelta

import pytest

from events.models import Event
from payouts import sending
from payouts.holding import (
    HoldRefused,
    hold_schedule,
    hold_seller,
    open_breaker,
    pause_payouts,
    release_breaker,
    release_schedule,
    release_seller,
    resume_payouts,
    trip_breaker,
)
from payouts.models import Breaker, ConnectedAccount, Hold, PayoutSchedule
from payouts.reserving import reserve
from tests.cast import Cast
from tests.payouts.moving import DUE, sales_of, stands, transferred

pytestmark = pytest.mark.usefixtures("books_hold")


def test_a_held_payout_does_not_leave_until_it_is_released_by_name(
    cast: Cast, account: ConnectedAccount, schedule: PayoutSchedule
) -> None:
    hold_schedule(schedule, reason="a question", by=cast.olga, at=DUE)
    assert not reserve(schedule.pk, at=DUE)
    schedule.refresh_from_db()
    assert (schedule.state, schedule.reason, stands(cast)) == ("held", "a question", {"payable": 3})

    release_schedule(schedule, reason="answered", by=cast.otto, at=DUE)

    hold = Hold.objects.get()
    assert (hold.placed_by, hold.released_by, hold.release_reason) == (cast.olga, cast.otto, "answered")
    assert reserve(schedule.pk, at=DUE)
    kinds = Event.objects.filter(subject_type="payout").order_by("pk").values_list("kind", "actor_id")
    assert list(kinds)[:2] == [("payout.held", cast.olga.pk), ("payout.released", cast.otto.pk)]


def test_the_diary_tells_what_was_before_and_after(cast: Cast, schedule: PayoutSchedule) -> None:
    hold_schedule(schedule, reason="a question", by=cast.olga, at=DUE)
    release_schedule(schedule, reason="answered", by=cast.otto, at=DUE)
    trip_breaker("audit", reason="A difference.", at=DUE)
    release_breaker(Breaker.objects.get(), reason="It was found.", by=cast.olga, at=DUE)

    told = {event.kind: event.details for event in Event.objects.filter(actor_id__isnull=False)}
    held, released = told["payout.held"], told["payout.released"]
    assert (held["reason"], held["before"], held["after"]) == (
        "a question",
        {"state": "scheduled"},
        {"state": "held"},
    )
    assert (released["before"], released["after"]) == ({"state": "held"}, {"state": "scheduled"})
    assert told["breaker.released"]["before"]["stopped_for"] == "A difference."


def test_a_release_that_leaves_another_hold_says_that_it_is_still_held(
    cast: Cast, schedule: PayoutSchedule
) -> None:
    hold_schedule(schedule, reason="a question", by=cast.olga, at=DUE)
    hold_schedule(schedule, reason="to be approved", by=None, at=DUE, kind=Hold.Kind.APPROVAL)
    release_schedule(schedule, reason="answered", by=cast.otto, at=DUE)

    assert Event.objects.get(kind="payout.released").details["after"] == {"state": "held"}


def test_a_held_payout_takes_no_more_sales(cast: Cast, schedule: PayoutSchedule) -> None:
    hold_schedule(schedule, reason="a question", by=cast.olga, at=DUE)

    sales_of(cast, 1)

    assert sorted(PayoutSchedule.objects.values_list("state", "item_count")) == [
        ("held", 3),
        ("scheduled", 1),
    ]


def test_twice_is_refused_and_so_is_what_has_left(
    cast: Cast, account: ConnectedAccount, schedule: PayoutSchedule
) -> None:
    hold_schedule(schedule, reason="a question", by=cast.olga, at=DUE)
    with pytest.raises(HoldRefused):
        hold_schedule(schedule, reason="another", by=cast.otto, at=DUE)
    release_schedule(schedule, reason="answered", by=cast.olga, at=DUE)
    with pytest.raises(HoldRefused):
        release_schedule(schedule, reason="again", by=cast.olga, at=DUE)

    assert reserve(schedule.pk, at=DUE)
    with pytest.raises(HoldRefused):
        hold_schedule(schedule, reason="too late", by=cast.olga, at=DUE)
    assert stands(cast) == {"reserved": 3}


def test_released_from_one_hold_it_says_what_still_holds_it(cast: Cast, schedule: PayoutSchedule) -> None:
    hold_schedule(schedule, reason="It is being reviewed.", by=None, at=DUE, kind=Hold.Kind.APPROVAL)
    hold_schedule(schedule, reason="a question", by=cast.olga, at=DUE)

    release_schedule(schedule, reason="answered", by=cast.olga, at=DUE)

    schedule.refresh_from_db()
    assert (schedule.state, schedule.reason) == ("held", "It is being reviewed.")


def test_a_held_seller_is_paid_nothing_not_even_what_lies_at_stripe_already(
    cast: Cast, account: ConnectedAccount, schedule: PayoutSchedule
) -> None:
    lying = transferred(schedule)
    sales_of(cast, 1)
    waiting = PayoutSchedule.objects.get(state="scheduled")
    hold_seller(cast.saga.pk, reason="a strange payout", by=None, at=DUE)
    hold_seller(cast.saga.pk, reason="a strange payout", by=None, at=DUE)

    assert not reserve(waiting.pk, at=DUE)
    assert sending._write_attempt(lying.pk, there_minor=10**9, at=DUE) is None
    lying.refresh_from_db()
    assert "held" in lying.reason

    assert release_seller(cast.saga.pk, reason="explained", by=cast.olga, at=DUE)
    assert not release_seller(cast.saga.pk, reason="explained", by=cast.olga, at=DUE)
    assert sending._write_attempt(lying.pk, there_minor=10**9, at=DUE) is not None
    assert reserve(waiting.pk, at=DUE)


def test_the_sellers_pause_keeps_what_waits_and_lets_go_on_what_is_on_its_way(
    cast: Cast, account: ConnectedAccount, schedule: PayoutSchedule
) -> None:
    pause_payouts(cast.saga, at=DUE)
    pause_payouts(cast.saga, at=DUE)
    assert not reserve(schedule.pk, at=DUE)
    schedule.refresh_from_db()
    assert "paused" in schedule.reason

    resume_payouts(cast.saga, at=DUE)
    lying = transferred(schedule)
    pause_payouts(cast.saga, at=DUE)

    assert sending._write_attempt(lying.pk, there_minor=10**9, at=DUE) is not None


def test_the_breaker_stops_everything_until_each_cause_is_released_by_name(
    cast: Cast, account: ConnectedAccount, schedule: PayoutSchedule
) -> None:
    assert trip_breaker("books", reason="1 öre too much", at=DUE)
    assert not trip_breaker("books", reason="again", at=DUE + timedelta(seconds=1))
    assert trip_breaker("stripe", reason="not manual", at=DUE)
    assert not reserve(schedule.pk, at=DUE)

    for _ in range(2):
        breaker = open_breaker()
        assert breaker is not None and not reserve(schedule.pk, at=DUE)
        assert release_breaker(breaker, reason="found", by=cast.olga, at=DUE)
        assert not release_breaker(breaker, reason="found", by=cast.olga, at=DUE)

    assert reserve(schedule.pk, at=DUE)
