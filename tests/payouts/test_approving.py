"""What is approved is what leaves, by two people where two are needed, or it is held again."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from payouts.approving import RunRefused, approve_run, preview_run
from payouts.choosing import schedule_chosen
from payouts.holding import hold_schedule, release_schedule
from payouts.models import ConnectedAccount, PayoutRun, PayoutSchedule
from payouts.reserving import reserve
from people.models import User
from tests.cast import Cast
from tests.payouts.moving import DUE, owe, sales_of, stands, under

pytestmark = pytest.mark.usefixtures("books_hold")

ON = date(2026, 11, 30)


@pytest.fixture
def low_limit(settings) -> None:
    """Three reference sales are more than may leave unseen."""
    settings.PAYOUT_REVIEW_ABOVE_MINOR = {"SEK": 3_000_000}


def preview(by: User, *, on: date = ON) -> PayoutRun:
    return preview_run(on, by=by, at=DUE)


def approve(run: PayoutRun, by: User) -> PayoutRun:
    return approve_run(run, digest=run.digest, by=by, at=DUE)


def test_a_payout_with_no_flag_needs_nobody(
    cast: Cast, account: ConnectedAccount, schedule: PayoutSchedule
) -> None:
    assert reserve(schedule.pk, at=DUE)


@pytest.mark.parametrize("first", ["olga", "otto"])
def test_above_the_limit_it_waits_for_a_second_person_whoever_is_the_first(
    cast: Cast, account: ConnectedAccount, schedule: PayoutSchedule, low_limit: None, first: str
) -> None:
    first_person = getattr(cast, first)
    second_person = cast.otto if first == "olga" else cast.olga
    assert not reserve(schedule.pk, at=DUE)
    schedule.refresh_from_db()
    assert (schedule.state, schedule.reason) == ("held", "It is being reviewed.")

    run = preview(first_person)
    assert run.preview["lines"][0]["flags"] == ["above_limit"]
    with pytest.raises(RunRefused, match="second operator"):
        approve(run, first_person)
    assert not reserve(schedule.pk, at=DUE)
    approve(run, second_person)
    approve(run, second_person)

    assert reserve(schedule.pk, at=DUE)
    assert stands(cast) == {"reserved": 3}


def test_a_fresh_bank_account_is_reviewed_by_one_person(
    cast: Cast, account: ConnectedAccount, schedule: PayoutSchedule
) -> None:
    ConnectedAccount.objects.update(bank_changed_at=DUE - timedelta(days=6))
    assert not reserve(schedule.pk, at=DUE)

    run = preview(cast.olga)
    assert run.preview["lines"][0]["flags"] == ["bank_changed"]
    approve(run, cast.olga)

    assert reserve(schedule.pk, at=DUE)


def test_forced_early_whoever_forced_it_is_no_second_person(cast: Cast, account: ConnectedAccount) -> None:
    under(cast, interval="manual")
    earnings = sales_of(cast, 1)
    on = date(2026, 11, 27)
    at = DUE - timedelta(days=3)
    (forced,) = schedule_chosen([e.pk for e in earnings], on=on, notes="", by=cast.olga, at=at)
    assert not reserve(forced.pk, at=at)

    for first in (cast.olga, cast.otto):
        run = preview_run(on, by=first, at=at)
        assert run.preview["lines"][0]["flags"] == ["forced_early"]
        with pytest.raises(RunRefused, match="second operator"):
            approve_run(run, digest=run.digest, by=cast.olga, at=at)
    approve_run(run, digest=run.digest, by=cast.otto, at=at)

    assert reserve(forced.pk, at=at)


def test_the_preview_shows_every_line_and_why_the_others_stay(
    cast: Cast, account: ConnectedAccount, schedule: PayoutSchedule
) -> None:
    hold_schedule(schedule, reason="a question", by=cast.olga, at=DUE)
    owe(cast, 23_000)
    sales_of(cast, 2)

    shown = preview(cast.olga).preview

    (line,) = shown["lines"]
    assert (line["total_minor"], line["item_count"], line["bank_last4"]) == (2_023_000, 2, "4242")
    assert [item["netted_minor"] for item in line["items"]] == [23_000, 0]
    assert [(e["number"], e["reason"]) for e in shown["excluded"]] == [(schedule.number, "a question")]
    assert shown["sums"] == [{"currency": "SEK", "total_minor": 2_023_000, "count": 1}]
    assert shown["balance_after"] == [{"currency": "SEK", "balance_minor": 5 * 1_100_000 - 2_023_000}]


def test_on_a_day_when_banks_are_closed_nothing_is_in_the_run(
    cast: Cast, account: ConnectedAccount, schedule: PayoutSchedule
) -> None:
    shown = preview(cast.olga, on=date(2026, 12, 5)).preview

    assert shown["lines"] == []
    assert [entry["reason"] for entry in shown["excluded"]] == ["Banks are closed on this day."]
    with pytest.raises(RunRefused):
        preview(cast.olga, on=date(2026, 11, 29))


def test_a_debt_is_taken_off_what_leaves_and_not_off_what_is_held(
    cast: Cast, account: ConnectedAccount, schedule: PayoutSchedule, low_limit: None
) -> None:
    hold_schedule(schedule, reason="a question", by=cast.olga, at=DUE)
    sales_of(cast, 3)
    waiting = PayoutSchedule.objects.get(state="scheduled")
    owe(cast, 23_000)

    approve(preview(cast.olga), cast.otto)

    assert reserve(waiting.pk, at=DUE)


def test_of_two_that_leave_the_debt_is_taken_once(
    cast: Cast, account: ConnectedAccount, schedule: PayoutSchedule, low_limit: None
) -> None:
    hold_schedule(schedule, reason="a question", by=cast.olga, at=DUE)
    release_schedule(schedule, reason="answered", by=cast.olga, at=DUE)
    sales_of(cast, 3)
    owe(cast, 23_000)

    approve(preview(cast.olga), cast.otto)

    assert all(reserve(one.pk, at=DUE) for one in PayoutSchedule.objects.order_by("number"))
    assert stands(cast) == {"reserved": 5}


def test_if_anything_changed_since_it_was_shown_nothing_is_approved(
    cast: Cast, account: ConnectedAccount, schedule: PayoutSchedule, low_limit: None
) -> None:
    run = preview(cast.olga)
    sales_of(cast, 1)
    with pytest.raises(RunRefused, match="Something changed"):
        approve(run, cast.otto)

    run = preview(cast.olga)
    ConnectedAccount.objects.update(bank_account_id="ba_of_a_thief")
    with pytest.raises(RunRefused, match="Something changed"):
        approve(run, cast.otto)

    run = preview(cast.olga)
    with pytest.raises(RunRefused, match="Something changed"):
        approve_run(run, digest="0" * 64, by=cast.otto, at=DUE)
    assert not PayoutRun.objects.exclude(approved_at=None).exists()


@pytest.mark.parametrize("what", ["bank", "debt"])
def test_changed_after_it_was_approved_it_is_held_again(
    cast: Cast, account: ConnectedAccount, schedule: PayoutSchedule, low_limit: None, what: str
) -> None:
    approve(preview(cast.olga), cast.otto)
    if what == "bank":
        ConnectedAccount.objects.update(bank_account_id="ba_of_a_thief")
    else:
        owe(cast, 1)

    assert not reserve(schedule.pk, at=DUE)

    schedule.refresh_from_db()
    assert (schedule.state, stands(cast)) == ("held", {"payable": 3})
    assert "changed after it was approved" in schedule.reason
    approve(preview(cast.olga), cast.otto)
    assert reserve(schedule.pk, at=DUE)


def test_approved_it_takes_no_more_sales(
    cast: Cast, account: ConnectedAccount, schedule: PayoutSchedule, low_limit: None
) -> None:
    approve(preview(cast.olga), cast.otto)

    sales_of(cast, 1)

    schedule.refresh_from_db()
    assert (schedule.item_count, PayoutSchedule.objects.count()) == (3, 2)
    assert reserve(schedule.pk, at=DUE)
