"""However the calendar turns and whoever overslept: one run for each date, and each sale is paid once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connections

from payouts.bank_days import PLATFORM_ZONE, is_bank_day
from payouts.models import PayoutSchedule
from payouts.processors import PayoutProcessor
from tests import local
from tests.cast import Cast
from tests.payouts.books import assert_books_hold
from tests.payouts.wire import Wire, at_noon
from tests.treasury.conftest import market
from tests.treasury.market import Market

__all__ = ["market"]

PART_MINOR = 1_023_000
AN_HOUR = timedelta(hours=1)


@pytest.fixture
def own_wire(market: Market, own_cast: Cast) -> Wire:
    """A Stripe of the test's own, whose clock may be moved by years."""
    wire = at_noon(market.sandbox, own_cast)
    wire.onboard(own_cast.saga)
    return wire


def go_to(wire: Wire, at: datetime) -> None:
    wire.now = at.astimezone(UTC)
    told = {"now": int(at.timestamp())}
    local.post(f"{wire.sandbox.origin}/sandbox/clock", json=told).raise_for_status()


def in_stockholm(day: str, hour: int = 0, minute: int = 0) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(hour, minute), tzinfo=PLATFORM_ZONE)


@pytest.mark.parametrize(
    ("sold", "due"),
    [
        ("2026-12-25", "2027-01-04"),  # New Year's Day is a Friday.
        ("2027-03-21", "2027-03-30"),  # Clocks go forward on Easter Sunday.
        ("2027-10-24", "2027-11-01"),  # Clocks go back on a Sunday.
        ("2028-02-22", "2028-02-29"),  # A leap day.
        ("2028-03-19", "2028-03-27"),  # Clocks go forward on a Sunday.
    ],
)
def test_looked_at_every_hour_it_leaves_in_the_morning_of_its_day_and_once(
    own_wire: Wire, sold: str, due: str
) -> None:
    go_to(own_wire, in_stockholm(sold, 0, 30))
    own_wire.sell()
    assert PayoutSchedule.objects.get().scheduled_date == date.fromisoformat(due)

    hour = (in_stockholm(due) - 3 * 24 * AN_HOUR).astimezone(UTC)
    go_to(own_wire, hour)
    left_at = []
    while hour < in_stockholm(due, 20):
        before = PayoutSchedule.objects.get().state
        PayoutProcessor.pay_due_schedules(at=hour)
        if PayoutSchedule.objects.get().state != before:
            left_at.append(hour.astimezone(PLATFORM_ZONE))
        hour += AN_HOUR

    assert left_at == [in_stockholm(due, 6)]
    assert (own_wire.made("transfer"), own_wire.made("payout")) == ([PART_MINOR], [PART_MINOR])
    assert_books_hold()


@pytest.mark.parametrize("days", [1, 3, 14])
def test_days_on_which_nobody_ran_are_caught_up_and_a_second_run_finds_nothing(
    own_wire: Wire, days: int
) -> None:
    """Three sales, due on three days, and the scheduler sleeps over them; then it fires twice."""
    for _ in range(3):
        own_wire.sell()
        own_wire.pass_days(1)
    dates = set(PayoutSchedule.objects.values_list("scheduled_date", flat=True))
    assert len(dates) == 3
    last = datetime.combine(max(dates), time(11), tzinfo=UTC)
    go_to(own_wire, last + timedelta(days=days))
    while not is_open(own_wire.now):
        own_wire.pass_days(1)

    fire_twice(own_wire)
    PayoutProcessor.pay_due_schedules(at=own_wire.now + AN_HOUR)

    assert set(PayoutSchedule.objects.values_list("state", flat=True)) == {"in_transit"}
    assert (own_wire.made("transfer"), own_wire.made("payout")) == ([PART_MINOR] * 3, [PART_MINOR] * 3)
    assert_books_hold()


def fire_twice(wire: Wire) -> None:
    def fire(_: int) -> None:
        try:
            PayoutProcessor.pay_due_schedules(at=wire.now)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(fire, range(2)))


def is_open(at: datetime) -> bool:
    return is_bank_day(at.date(), currency="SEK")


def test_a_clock_that_jumps_back_over_a_run_pays_nothing_twice(own_wire: Wire) -> None:
    own_wire.sell()
    own_wire.pass_days(7)
    for minutes in (0, -5, 5, -60, 24 * 60):
        PayoutProcessor.pay_due_schedules(at=own_wire.now + timedelta(minutes=minutes))

    assert (own_wire.made("transfer"), own_wire.made("payout")) == ([PART_MINOR], [PART_MINOR])
    assert_books_hold()
