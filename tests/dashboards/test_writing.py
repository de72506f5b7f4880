"""Money and dates as they are written on pages and in letters."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from money.writing import written_amount, written_rate
from payouts.dates import time_left, written_day, written_moment

TODAY = date(2026, 11, 23)
N = "\u00a0"


@pytest.mark.parametrize(
    ("amount_minor", "currency", "language", "written"),
    [
        (1_100_000, "SEK", "en", f"11,000.00{N}SEK"),
        (1_100_000, "SEK", "sv", f"11{N}000,00{N}kr"),
        (5, "SEK", "sv", f"0,05{N}kr"),
        (0, "SEK", "en", f"0.00{N}SEK"),
        (-77_000, "SEK", "en", f"\u2212770.00{N}SEK"),
        (-5, "SEK", "sv", f"\u22120,05{N}kr"),
        (120_000, "EUR", "sv", f"1{N}200,00{N}EUR"),
        (1500, "JPY", "en", f"1,500{N}JPY"),
        (1_234_567, "KWD", "en", f"1,234.567{N}KWD"),
        (9_007_199_254_740_993, "SEK", "en", f"90,071,992,547,409.93{N}SEK"),
    ],
)
def test_an_amount_is_exact_and_never_breaks(
    amount_minor: int, currency: str, language: str, written: str
) -> None:
    assert written_amount(amount_minor, currency, language=language) == written


@pytest.mark.parametrize(
    ("rate_bp", "language", "written"),
    [(700, "en", f"7{N}%"), (725, "sv", f"7,25{N}%"), (750, "en", f"7.5{N}%"), (0, "en", f"0{N}%")],
)
def test_a_rate_has_the_decimals_it_needs(rate_bp: int, language: str, written: str) -> None:
    assert written_rate(rate_bp, language=language) == written


def test_a_time_is_stockholms() -> None:
    at = datetime(2026, 11, 26, 13, 0, tzinfo=UTC)

    assert written_moment(at, language="en", today=TODAY) == N.join("Thu 26 Nov 14:00".split())
    assert written_moment(at, language="sv", today=TODAY) == N.join("tors 26 nov 14:00".split())


def test_late_in_the_evening_it_is_tomorrow_in_stockholm() -> None:
    at = datetime(2026, 7, 14, 22, 30, tzinfo=UTC)

    assert written_moment(at, language="en", today=TODAY) == N.join("Wed 15 Jul 00:30".split())


def test_another_year_is_written() -> None:
    assert written_day(date(2027, 1, 4), language="en", today=TODAY) == N.join("Mon 4 Jan 2027".split())
    assert written_day(date(2026, 1, 5), language="sv", today=TODAY) == N.join("mån 5 jan".split())


@pytest.mark.parametrize(
    ("left", "told"),
    [
        (timedelta(days=3, hours=2), "in 3 days"),
        (timedelta(hours=47, minutes=59), "in 47 hours"),
        (timedelta(hours=1), "in 1 hour"),
        (timedelta(seconds=61), "in 2 minutes"),
        (timedelta(seconds=1), "in 1 minute"),
        (timedelta(0), "time has passed"),
    ],
)
def test_the_time_that_is_left_is_never_told_longer_than_a_minute_too_much(
    left: timedelta, told: str
) -> None:
    at = datetime(2026, 11, 23, tzinfo=UTC)

    assert time_left(at + left, at=at) == told
