"""The sandbox's time: the real one, moved forward when it is told to, never back."""

import time

from sandbox.errors import invalid
from sandbox.store import Store

OFFSET = "clock.offset_seconds"
LATEST = 4_102_444_800


def now(store: Store) -> int:
    """Seconds since 1970 as the sandbox counts them."""
    return int(time.time()) + int(store.setting(OFFSET, 0))


def move(store: Store, *, advance_seconds: int | None = None, to: int | None = None) -> int:
    """Move forward by so many seconds, or to that moment; the new time.

    Raises:
        StripeError: the step would go backwards, or too far.
    """
    step = advance_seconds if advance_seconds is not None else (to or 0) - now(store)
    if step < 0:
        raise invalid("The sandbox's clock never goes backwards.")
    if now(store) + step > LATEST:
        raise invalid("The sandbox's clock ends with the year 2099.")
    store.set_setting(OFFSET, int(store.setting(OFFSET, 0)) + step)
    return now(store)
