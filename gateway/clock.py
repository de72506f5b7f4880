"""Stripe's own clock, as its answers tell it, wherever ours stands."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# What counts the seconds in between drifts less than a second within this.
GOOD_FOR_SECONDS = 600


class StripesClock:
    """What Stripe said last that the time is, and when by a clock that nobody sets."""

    def __init__(self) -> None:
        self._heard: tuple[datetime, float] | None = None

    def hear(self, headers: Mapping[str, str]) -> None:
        """Every answer says when it was made; one that does not, or not readably, tells nothing."""
        try:
            told = parsedate_to_datetime(headers["date"])
        except (KeyError, TypeError, ValueError):
            return
        self._heard = (told.replace(tzinfo=told.tzinfo or UTC), time.monotonic())

    def passed(self) -> datetime | None:
        """A moment that has passed at Stripe, mostly less than two seconds ago; None: it said none lately."""
        if self._heard is None:
            return None
        told, heard_at = self._heard
        since = time.monotonic() - heard_at
        return told + timedelta(seconds=since) if since < GOOD_FOR_SECONDS else None


stripes_clock = StripesClock()
