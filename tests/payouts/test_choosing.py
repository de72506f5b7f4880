"""Chosen lines are scheduled as chosen, or none of them is."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest

from payouts.choosing import ChoiceRefused, schedule_chosen
from payouts.models import ConnectedAccount, Earning, PayoutSchedule
from payouts.reserving import reserve
from tests.cast import NOON, Cast
from tests.payouts.moving import DUE, sales_of, stands, under

pytestmark = pytest.mark.usefixtures("books_hold")


@pytest.fixture
def unscheduled(cast: Cast, account: ConnectedAccount) -> list[Earning]:
    """Three sales that wait for somebody's choice."""
    under(cast, interval="manual")
    return sales_of(cast, 3)


def choose(cast: Cast, ids: list[uuid.UUID], *, on: date | None = None) -> list[PayoutSchedule]:
    return schedule_chosen(ids, on=on, notes="as agreed", by=cast.olga, at=NOON)


def test_those_and_no_others(cast: Cast, unscheduled: list[Earning]) -> None:
    (schedule,) = choose(cast, [unscheduled[0].pk, unscheduled[2].pk, unscheduled[0].pk])

    chosen = set(schedule.items.values_list("earning", flat=True))
    assert chosen == {unscheduled[0].pk, unscheduled[2].pk}
    assert (schedule.total_minor, schedule.scheduled_date) == (2_046_000, date(2026, 11, 30))
    assert reserve(schedule.pk, at=DUE)
    assert stands(cast) == {"payable": 1, "reserved": 2}


def test_one_that_cannot_be_scheduled_is_named_and_none_is(cast: Cast, unscheduled: list[Earning]) -> None:
    choose(cast, [unscheduled[0].pk])
    nobodys = uuid.uuid4()

    with pytest.raises(ChoiceRefused) as refused:
        choose(cast, [earning.pk for earning in unscheduled] + [nobodys])

    assert refused.value.reasons == {
        unscheduled[0].pk: "It is on a payout already.",
        nobodys: "There is no such line.",
    }
    assert PayoutSchedule.objects.count() == 1


def test_before_its_day_it_is_forced_early_and_needs_a_second_person(
    cast: Cast, unscheduled: list[Earning]
) -> None:
    (schedule,) = choose(cast, [unscheduled[0].pk], on=date(2026, 11, 26))

    assert (schedule.is_forced_early, schedule.scheduled_date) == (True, date(2026, 11, 26))
    assert not reserve(schedule.pk, at=NOON + timedelta(days=3))
    schedule.refresh_from_db()
    assert schedule.state == "held"


@pytest.mark.parametrize(
    ("on", "day"),
    [
        ("2026-12-05", "2026-12-07"),
        ("2026-11-30", "2026-11-30"),
        ("2026-11-01", "2026-11-23"),
    ],
)
def test_the_day_moves_forward_to_a_bank_day_to_come(
    cast: Cast, unscheduled: list[Earning], on: str, day: str
) -> None:
    (schedule,) = choose(cast, [unscheduled[0].pk], on=date.fromisoformat(on))

    assert schedule.scheduled_date == date.fromisoformat(day)


def test_a_new_day_for_other_sales_does_not_touch_what_was_chosen(
    cast: Cast, unscheduled: list[Earning]
) -> None:
    (schedule,) = choose(cast, [unscheduled[0].pk])
    under(cast)

    sales_of(cast, 1)

    schedule.refresh_from_db()
    assert (schedule.item_count, PayoutSchedule.objects.count()) == (1, 2)
