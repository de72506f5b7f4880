"""What befalls somebody at a named place: they die there, or another acts in the meantime."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, connections

from faults.crashpoints import POINTS, arm, disarm

YIELDS_AFTER = "20ms"


class Died(BaseException):
    """Not an error that anybody may handle."""


def die() -> None:
    """The connection is gone, and with it all that was not committed."""
    connection.close()
    raise Died


def meanwhile(act: Callable[[], str]) -> str:
    """Another process acts to its end while this one stands still; it yields where this one holds a lock."""
    told: list[str] = []

    def other() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SET lock_timeout = '{YIELDS_AFTER}'")
            told.append(act())
        except OperationalError as yielded:
            told.append(f"yields ({getattr(yielded.__cause__, 'sqlstate', None)})")
        finally:
            connections.close_all()

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    return told[0] if told else "failed"


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
