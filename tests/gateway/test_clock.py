"""Stripe's time, as its answers tell it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from gateway.clock import GOOD_FOR_SECONDS, StripesClock

TOLD = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
HEADERS = {"date": "Mon, 02 Nov 2026 09:30:00 GMT"}


class Counted:
    """Seconds as the clock counts them that nobody sets."""

    seconds = 1_000.0


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    monkeypatch.setattr(time, "monotonic", lambda: Counted.seconds)
    monkeypatch.setattr(Counted, "seconds", 1_000.0)
    return Counted()


def test_from_an_answer_on_time_goes_by_a_clock_that_nobody_sets(counted: Counted) -> None:
    clock = StripesClock()
    assert clock.passed() is None

    clock.hear(HEADERS)
    assert clock.passed() == TOLD
    Counted.seconds += 61
    assert clock.passed() == TOLD + timedelta(seconds=61)


def test_what_was_heard_long_ago_is_not_gone_by(counted: Counted) -> None:
    clock = StripesClock()
    clock.hear(HEADERS)
    Counted.seconds += GOOD_FOR_SECONDS

    assert clock.passed() is None


@pytest.mark.parametrize("unread", ["", "soon", "Mon, 02 Nov 99999 09:30:00 GMT", None])
def test_an_answer_whose_time_cannot_be_read_tells_nothing(counted: Counted, unread: str | None) -> None:
    clock = StripesClock()
    clock.hear(HEADERS)
    clock.hear({"date": unread} if unread is not None else {})

    assert clock.passed() == TOLD
