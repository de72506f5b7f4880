"""The worker: does what waits, woken by notification, with a slow look behind it.

Each duty has a thread of its own, so that one that waits for Stripe, or fails, holds up no other.
"""

import logging
import threading
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import psycopg
from django.conf import settings
from django.db import close_old_connections, connection
from django.utils import timezone

from api.forgetting import forget_old_keys
from auctions.closing import close_due_auctions
from audit.auditing import audit_due
from audit.heads import seal_due
from inbox.handling import handle_waiting, reopen_ignored
from inbox.receiving import CHANNEL
from notifications.delivery import deliver_letters
from notifications.writing import write_letters
from payments.deadlines import expire_unpaid_wins, remind_of_unpaid_wins
from payments.webhooks import HANDLERS
from payouts.processors import PayoutProcessor
from treasury.payout_events import PAYOUT_HANDLERS
from treasury.polling import begin_polling, poll
from treasury.sweeping import sweep

logger = logging.getLogger("klubba.worker")

SET_SIZE = 200
# A message costs the same few statements alone and among many, so that more of them at once are cheaper.
MESSAGES_AT_ONCE = 500
ALL_HANDLERS = HANDLERS | PAYOUT_HANDLERS
LISTEN_AGAIN_SECONDS = 1
LOOK_AFTER_DUTIES_SECONDS = 5
# In the sandbox nobody minds being asked often, and nobody likes to wait.
POLL_REST_SECONDS = 5 if settings.SANDBOX_WORLD else 60
Stopping = threading.Event


def database_clock() -> datetime:
    """The time by the one clock that all who share a queue have in common."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cast(datetime, cursor.fetchone()[0])


@dataclass(frozen=True)
class Duty:
    """Does up to one set of its work and answers how much it did; after a whole set again at once.

    When there was less, or it failed, it rests, or until a notification of its channel comes.
    Where a claim holds for a time, `clock` is the database's: two workers' own may differ by more.
    """

    do: Callable[[datetime, Stopping], int]
    rest_seconds: int
    a_set: int = 1
    begin: Callable[[datetime], int] = lambda at: 0
    channel: str = ""
    clock: Callable[[], datetime] = timezone.now


DUTIES = {
    "drain": Duty(
        lambda at, stopping: handle_waiting(ALL_HANDLERS, limit=MESSAGES_AT_ONCE, at=at),
        begin=lambda at: reopen_ignored(ALL_HANDLERS, at=at),
        rest_seconds=1,
        a_set=MESSAGES_AT_ONCE,
        channel=CHANNEL,
        clock=database_clock,
    ),
    "close": Duty(lambda at, stopping: close_due_auctions(limit=SET_SIZE, at=at), rest_seconds=1),
    "pay": Duty(
        lambda at, stopping: PayoutProcessor.pay_due_schedules(at=at, go_on=lambda: not stopping.is_set()),
        rest_seconds=60,
    ),
    # What is written is sent first: a letter that cannot be written holds up none that is.
    "letters": Duty(
        lambda at, stopping: (
            deliver_letters(at=at, go_on=lambda: not stopping.is_set()) or write_letters(at=at)
        ),
        rest_seconds=1,
        clock=database_clock,
    ),
    "poll": Duty(
        lambda at, stopping: poll(at=at),
        begin=lambda at: begin_polling(at=at),
        rest_seconds=POLL_REST_SECONDS,
    ),
    "seal": Duty(lambda at, stopping: seal_due(settings.SEAL_HEADS, at=at), rest_seconds=2),
    "sweep": Duty(
        lambda at, stopping: (
            forget_old_keys(limit=SET_SIZE, at=at)
            + sweep(limit=SET_SIZE, at=at, go_on=lambda: not stopping.is_set())
        ),
        rest_seconds=15,
    ),
    "audit": Duty(lambda at, stopping: audit_due(at=at), rest_seconds=60),
    "expire": Duty(
        lambda at, stopping: (
            expire_unpaid_wins(limit=SET_SIZE, at=at, go_on=lambda: not stopping.is_set())
            + remind_of_unpaid_wins(limit=SET_SIZE, at=at)
        ),
        rest_seconds=60,
    ),
}


class UnknownDuty(Exception):
    """A duty was named that the worker does not have."""


def work(names: Iterable[str], *, stopping: Stopping) -> None:
    """Do the duties until asked to stop; the set under way is finished first.

    What waits is in the database, so nothing is lost while that is away, or while a duty fails.

    Raises:
        UnknownDuty: before anything is done.
    """
    duties = {name: _duty(name) for name in names}
    if not duties:
        raise UnknownDuty(f"Name a duty; there are {', '.join(DUTIES)}.")
    wakers = {name: threading.Event() for name in duties}
    threads = [
        threading.Thread(target=_serve, args=(name, duties[name], wakers[name], stopping)) for name in duties
    ]
    for thread in threads:
        thread.start()
    while not stopping.wait(LOOK_AFTER_DUTIES_SECONDS) and any(thread.is_alive() for thread in threads):
        pass  # A worker without a duty ends, so that somebody starts it again.
    for woken in wakers.values():
        woken.set()
    for thread in threads:
        thread.join()


def _duty(name: str) -> Duty:
    if name not in DUTIES:
        raise UnknownDuty(f"There is no duty {name}; there are {', '.join(DUTIES)}.")
    return DUTIES[name]


def _serve(name: str, duty: Duty, woken: threading.Event, stopping: Stopping) -> None:
    """One duty's life. A failure is told in the log, and after a rest it is tried again.

    It rests until its time has come again, or `woken` is set: by a notification, or because it shall stop.
    """
    if duty.channel:
        threading.Thread(target=_listen, args=(duty.channel, woken, stopping), daemon=True).start()
    begun = False
    while not stopping.is_set():
        done = 0
        try:
            if not begun:
                duty.begin(duty.clock())
                begun = True
            done = duty.do(duty.clock(), stopping)
        except Exception as failure:  # The last edge: one duty's failure must not end the others.
            logger.error("%s failed: %s", name, _sentence(failure))
            close_old_connections()
        if done < duty.a_set:
            woken.wait(duty.rest_seconds)
            woken.clear()
    connection.close()


def _listen(channel: str, woken: threading.Event, stopping: Stopping) -> None:
    """Pass notifications on; while the database cannot be heard, the slow look does without."""
    url = settings.ENVIRONMENT.database_listen_url or settings.DATABASE_URL
    while not stopping.is_set():
        try:
            with psycopg.connect(url, autocommit=True, connect_timeout=5) as listening:
                listening.execute(f"LISTEN {channel}")
                woken.set()
                for _ in listening.notifies():
                    woken.set()
        except psycopg.Error as lost:
            logger.warning("not listening: %s", _sentence(lost))
        stopping.wait(LISTEN_AGAIN_SECONDS)


def _sentence(failure: BaseException) -> str:
    """What and where, without the values that were at hand: they may be people's."""
    where = traceback.extract_tb(failure.__traceback__)[-1]
    return (
        f"{type(failure).__name__} in {where.name}, line {where.lineno} of {where.filename.rsplit('/')[-1]}"
    )
