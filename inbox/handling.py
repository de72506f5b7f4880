"""Giving messages their effect. The effect and the mark `handled` are one transaction."""

import contextlib
import random
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from django.db import (
    DatabaseError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    close_old_connections,
    connection,
    transaction,
)
from django.db.models import F

from faults.crashpoints import crashpoint
from faults.crossing import again_if_crossed
from inbox.models import Message

# A handler takes the messages of its type, all at once, and marks those it will not believe.
Handler = Callable[[list[Message], datetime], None]

MOST_ATTEMPTS = 8
MOST_DEATHS = 24
NOBODY_FOLLOWS = "No part of Klubba follows this type of event."
# The database is away, busy, or of another version than the code.
DATABASE_FAILS = (OperationalError, InterfaceError, ProgrammingError)
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
POSTPONED_BY = timedelta(minutes=15)


class Postponed(Exception):
    """What the message needs is on its way: it waits longer than after a failure, and uses up no tries."""


def handle_waiting(handlers: Mapping[str, Handler], *, limit: int, at: datetime) -> int:
    """Take up to `limit` messages that are due and give them their effect; answers how many were taken.

    A set that fails is tried again in halves, until what fails stands alone. That one keeps its reason
    and waits: 5 s, doubling, an hour at most; after 8 tries it is `dead`. Several may drain at once.

    Raises:
        DatabaseError: the database failed, not the messages: they wait, and nothing kills them.
    """
    taken = _claim(tried=False, limit=limit, at=at)
    if taken:
        _handle_or_halve(taken, handlers, at=at)
    for _ in range(1 + limit // 10):  # Their own share, however much that is new arrives.
        alone = _claim(tried=True, limit=1, at=at)
        if not alone:
            break
        _handle_or_halve(alone, handlers, at=at)
        taken += alone
    return len(taken)


def _claim(*, tried: bool, limit: int, at: datetime) -> list[int]:
    """Count the attempt and set the next one, committed before the work.

    A drainer that dies in the middle has counted. What was tried before is claimed and tried alone, so
    that a message that kills its drainer uses up no tries but its own. A drainer may also die of something
    else, so it takes many deaths until a message is believed to be their cause.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH due AS (
                SELECT id FROM inbox_message
                WHERE state = 'received' AND next_at <= %(at)s AND (attempts > 0) = %(tried)s
                ORDER BY next_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
            )
            UPDATE inbox_message AS message SET
                attempts = message.attempts + 1,
                next_at = %(at)s + %(jitter)s
                    * least(%(first)s::interval * 2 ^ least(message.attempts, 10), %(longest)s::interval),
                state = CASE WHEN message.attempts < %(most)s THEN 'received' ELSE 'dead' END,
                handled_at = CASE WHEN message.attempts < %(most)s THEN NULL ELSE %(at)s::timestamptz END,
                reason = CASE
                    WHEN message.attempts < %(most)s OR message.reason <> '' THEN message.reason
                    ELSE 'Whoever handled it came to an end before it did.'
                END
            FROM due WHERE message.id = due.id RETURNING message.id
            """,
            {
                "at": at,
                "tried": tried,
                "limit": limit,
                "first": str(FIRST_WAIT),
                "longest": str(LONGEST_WAIT),
                "jitter": random.uniform(0.8, 1.2),  # noqa: S311  (it spreads load, it hides nothing)
                "most": MOST_DEATHS,
            },
        )
        return sorted(row[0] for row in cursor.fetchall())


def _handle_or_halve(ids: list[int], handlers: Mapping[str, Handler], *, at: datetime) -> None:
    try:
        _handle(ids, handlers, at=at)
    except DATABASE_FAILS as failure:
        _give_back(ids, failure)
        raise
    except Exception as failure:  # One of two edges: a stranger's message may fail in any way.
        if len(ids) == 1:
            keep = _postpone if isinstance(failure, Postponed) else _keep_reason
            keep(ids[0], failure, at=at)
            return
        middle = len(ids) // 2
        _handle_or_halve(ids[:middle], handlers, at=at)
        _handle_or_halve(ids[middle:], handlers, at=at)


def _give_back(ids: list[int], failure: DatabaseError | InterfaceError) -> None:
    """The try does not count, where the database can still be told so."""
    if not connection.in_atomic_block:
        close_old_connections()
    with contextlib.suppress(DatabaseError, InterfaceError):
        waiting = Message.objects.filter(pk__in=ids, state=Message.State.RECEIVED)
        waiting.update(attempts=F("attempts") - 1, reason=f"The database failed: {type(failure).__name__}.")


@again_if_crossed
@transaction.atomic
def _handle(ids: list[int], handlers: Mapping[str, Handler], *, at: datetime) -> None:
    """The effects of the set and its marks, all or nothing. What another drainer holds is left to it."""
    waiting = Message.objects.filter(pk__any_of=ids, state=Message.State.RECEIVED).order_by("pk")
    messages = list(waiting.select_for_update(skip_locked=True))
    by_type: dict[str, list[Message]] = {}
    for message in messages:
        by_type.setdefault(message.type, []).append(message)
    for kind, together in sorted(by_type.items()):
        if kind in handlers:
            handlers[kind](together, at)
        else:
            _ignore(together)
    _mark(messages, at=at)
    crashpoint("C10.inbox_marked")


def _ignore(messages: list[Message]) -> None:
    for message in messages:
        message.ignore(NOBODY_FOLLOWS)


def _mark(messages: list[Message], *, at: datetime) -> None:
    """Write what became of each; one that its handler left alone is handled."""
    for message in messages:
        if message.state == Message.State.RECEIVED:
            message.state, message.reason = Message.State.HANDLED, ""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE inbox_message AS message SET state = mark.state, reason = mark.reason, handled_at = %s
            FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS mark (id, state, reason)
            WHERE message.id = mark.id
            """,
            [
                at,
                [message.pk for message in messages],
                [str(message.state) for message in messages],
                [message.reason for message in messages],
            ],
        )


def _keep_reason(message_id: int, failure: Exception, *, at: datetime) -> None:
    """The failed message waits with its reason, or is set aside when its tries are used up."""
    reason = f"{type(failure).__name__}: {failure}"[:2000].replace("\x00", "")
    waiting = Message.objects.filter(pk=message_id, state=Message.State.RECEIVED)
    waiting.update(reason=reason)
    waiting.filter(attempts__gte=MOST_ATTEMPTS).update(state=Message.State.DEAD, handled_at=at)


def _postpone(message_id: int, early: Exception, *, at: datetime) -> None:
    waiting = Message.objects.filter(pk=message_id, state=Message.State.RECEIVED)
    waiting.update(attempts=F("attempts") - 1, next_at=at + POSTPONED_BY, reason=str(early)[:2000])


def reopen_ignored(types: Iterable[str], *, at: datetime) -> int:
    """Let messages wait again whose types nobody followed when they came, and somebody does now."""
    ignored = Message.objects.filter(state=Message.State.IGNORED, reason=NOBODY_FOLLOWS, type__in=list(types))
    return ignored.update(state=Message.State.RECEIVED, attempts=0, next_at=at, handled_at=None)


def replay_message(message: Message, *, at: datetime) -> bool:
    """Let a message that was set aside wait again, with all its tries; False if it was not set aside."""
    stopped = Message.objects.filter(
        pk=message.pk, state__in=[Message.State.DEAD, Message.State.QUARANTINED, Message.State.IGNORED]
    )
    return stopped.update(state=Message.State.RECEIVED, attempts=0, next_at=at, handled_at=None) == 1
