"""Bank days and due dates, as banks keep them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from payouts.bank_days import day_of_payment, due_on, first_run_day, is_bank_day


@pytest.mark.parametrize(
    ("paid_on", "due"),
    [
        ("2026-12-17", "2026-12-28"),
        ("2026-06-12", "2026-06-22"),
        ("2026-04-24", "2026-05-04"),
        ("2026-05-07", "2026-05-15"),
        ("2026-03-27", "2026-04-07"),
        ("2025-08-20", "2025-08-27"),
    ],
)
def test_the_six_dates(paid_on: str, due: str) -> None:
    computed = due_on(paid_on=date.fromisoformat(paid_on), available_on=None, currency="SEK")

    assert computed == date.fromisoformat(due)


@pytest.mark.parametrize("eve", ["2026-06-19", "2026-12-24", "2026-12-31", "2028-06-06", "2027-06-25"])
def test_the_eves_on_which_swedish_banks_are_closed(eve: str) -> None:
    assert not is_bank_day(date.fromisoformat(eve), currency="SEK")


@pytest.mark.parametrize("day", ["2026-12-23", "2026-12-30", "2026-04-02", "2026-04-30", "2026-11-02"])
def test_days_that_look_like_holidays_and_are_none(day: str) -> None:
    assert is_bank_day(date.fromisoformat(day), currency="SEK")


def test_the_euro_keeps_its_own_calendar() -> None:
    national_day = date(2028, 6, 6)

    assert is_bank_day(national_day, currency="EUR")
    assert not is_bank_day(national_day, currency="SEK")
    assert not is_bank_day(national_day, currency="EUR", country="SE")
    assert not is_bank_day(date(2026, 5, 1), currency="EUR")


def test_the_day_of_payment_is_stockholms() -> None:
    charged_at = datetime(2026, 12, 16, 23, 30, tzinfo=UTC)

    assert day_of_payment(charged_at) == date(2026, 12, 17)
    due = due_on(paid_on=day_of_payment(charged_at), available_on=None, currency="SEK")
    assert due == date(2026, 12, 28)


@pytest.mark.parametrize(
    ("utc", "day"),
    [
        ("2026-03-28T23:30", "2026-03-29"),
        ("2026-03-29T21:59", "2026-03-29"),
        ("2026-03-29T22:00", "2026-03-30"),
        ("2026-10-24T21:59", "2026-10-24"),
        ("2026-10-25T22:59", "2026-10-25"),
        ("2026-10-25T23:00", "2026-10-26"),
    ],
)
def test_both_nights_when_the_clock_is_moved(utc: str, day: str) -> None:
    assert day_of_payment(datetime.fromisoformat(f"{utc}+00:00")) == date.fromisoformat(day)


def test_money_that_is_available_later_is_sent_later() -> None:
    due = due_on(paid_on=date(2026, 11, 23), available_on=date(2026, 12, 4), currency="SEK")

    assert due == date(2026, 12, 4)


@pytest.mark.parametrize(("utc", "day"), [("12:59", "2026-11-23"), ("13:00", "2026-11-24")])
def test_the_run_of_a_day_takes_nothing_after_its_cut_off(utc: str, day: str) -> None:
    assert first_run_day(datetime.fromisoformat(f"2026-11-23T{utc}+00:00")) == date.fromisoformat(day)
