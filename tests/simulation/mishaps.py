"""What befalls somebody at a named place: they die there, or another acts in the meantime."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from django.db import OperationalError, connection, connections

from faults.crashpoints import POINTS, arm, disarm

YIELDS_AFTER = "20ms"
LOCK_NOT_AVAILABLE = "55P03"


class Died(BaseException):
    """Not an error that anybody may handle."""


def die() -> None:
    """The connection is gone, and with it all that was not committed."""
    connection.close()
    raise Died


def meanwhile(act: Callable[[], str]) -> str:
    """Another process acts to its end while this one stands still; it yields where this one holds a lock."""

    def other() -> str:
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SET lock_timeout = '{YIELDS_AFTER}'")
            return act()
        except OperationalError as failure:
            if getattr(failure.__cause__, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                raise
            return "yields"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as hand:
        return hand.submit(other).result()


@contextmanager
def armed(point: str, do: Callable[[], None]) -> Iterator[None]:
    arm(point, do)
    try:
        yield
    finally:
        disarm(point)


def points_named(starts: str) -> list[str]:
    """The listed places whose names begin with one of these."""
    return [point for point in sorted(POINTS) if any(_begins(point, start) for start in starts.split())]


def _begins(point: str, start: str) -> bool:
    return point == start or point.partition(".")[0] == start
