"""The worker: does what waits, woken by notification, with a slow look behind it."""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import psycopg
from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from auctions.closing import close_due_auctions
from inbox.handling import handle_waiting
from inbox.receiving import CHANNEL
from payments.deadlines import expire_unpaid_wins
from payments.webhooks import HANDLERS

logger = logging.getLogger("klubba.worker")

SET_SIZE = 200
SLOW_LOOK_SECONDS = 1
WAIT_WITHOUT_DATABASE_SECONDS = 1


@dataclass
class Duty:
    """Does up to one set of its work and answers how much it did; again at once while there is more.

    When there was nothing to do it rests for `rest_seconds`, or until a notification comes if that is 0.
    """

    do: Callable[[datetime], int]
    rest_seconds: int = 0
    next_at: float = 0.0

    def take_turn(self) -> int:
        if time.monotonic() < self.next_at:
            return 0
        done = self.do(timezone.now())
        if not done:
            self.next_at = time.monotonic() + self.rest_seconds
        return done


DUTIES = {
    "drain": Duty(lambda at: handle_waiting(HANDLERS, limit=SET_SIZE, at=at)),
    "close": Duty(lambda at: close_due_auctions(limit=SET_SIZE, at=at), rest_seconds=1),
    "expire": Duty(lambda at: expire_unpaid_wins(limit=SET_SIZE, at=at), rest_seconds=60),
}


class UnknownDuty(Exception):
    """A duty was named that the worker does not have."""


def work(duties: Iterable[str], *, stopping: threading.Event) -> None:
    """Do the duties until asked to stop; the set under way is finished first.

    Without a database it waits and tries again: whatever waits is in the database, so nothing is lost.

    Raises:
        UnknownDuty: before anything is done.
    """
    chosen = [_duty(name) for name in duties]
    while not stopping.is_set():
        try:
            _work_while_connected(chosen, stopping)
        except (DatabaseError, psycopg.Error) as lost:
            logger.warning("no database: %s", type(lost).__name__)
            close_old_connections()
            stopping.wait(WAIT_WITHOUT_DATABASE_SECONDS)


def _duty(name: str) -> Duty:
    if name not in DUTIES:
        raise UnknownDuty(f"There is no duty {name}; there are {', '.join(DUTIES)}.")
    return DUTIES[name]


def _work_while_connected(duties: list[Duty], stopping: threading.Event) -> None:
    """Listen on a connection of its own, so that what arrives during the work is not missed."""
    url = settings.ENVIRONMENT.database_listen_url or settings.DATABASE_URL
    with psycopg.connect(url, autocommit=True) as listening:
        listening.execute(f"LISTEN {CHANNEL}")
        while not stopping.is_set():
            if not sum(duty.take_turn() for duty in duties):
                _wait_for_news(listening, stopping)


def _wait_for_news(listening: psycopg.Connection, stopping: threading.Event) -> None:
    """Until a notification comes or it is time for a slow look; short waits, so that a stop is heard soon."""
    ends_at = time.monotonic() + SLOW_LOOK_SECONDS
    while not stopping.is_set() and time.monotonic() < ends_at:
        for _ in listening.notifies(timeout=SLOW_LOOK_SECONDS / 5, stop_after=1):
            return
