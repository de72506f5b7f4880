"""Who reads a stream, and what concerns whom: the questions of the live stream to the database."""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import ParamSpec, TypeVar

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import close_old_connections, connection
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from people.models import User
from people.second_factor import owes_code

P = ParamSpec("P")
T = TypeVar("T")
MOST_RECENT = 500
MOST_LINES = 1000
LINES = """
SELECT DISTINCT event.subject_type || ':' || event.subject_id, event.audience
FROM unnest(%s::bigint[], %s::bigint[]) AS span (first, last)
CROSS JOIN LATERAL (
    SELECT subject_type, subject_id, audience FROM events_event
    WHERE id BETWEEN span.first AND span.last ORDER BY id LIMIT %s
) AS event
LIMIT %s
"""
# Of the newest lines those that concern the reader. If all are that young, who knows what came before.
RECENT = """
SELECT coalesce(bool_or(written_at >= %(since)s AND (%(everything)s OR %(reader)s = ANY (audience))), false)
    OR count(*) = %(most)s AND min(written_at) >= %(since)s
FROM (SELECT written_at, audience FROM events_event ORDER BY id DESC LIMIT %(most)s) AS newest
"""


@dataclass(frozen=True)
class Reader:
    """Who is signed in by a session, as far as that decides what concerns them."""

    session: str
    id: int
    is_operator: bool


@dataclass(frozen=True)
class Line:
    """A line of the diary: what it is about, and whom it concerns."""

    subject: str
    audience: frozenset[int]

    def concerns(self, reader: Reader) -> bool:
        return reader.is_operator or reader.id in self.audience


class TooManyAsk(Exception):
    """More wait for an answer than should."""


class Threads:
    """A thread in which the database is asked, so that nobody on the event loop waits for it."""

    def __init__(self, name: str, *, most_waiting: int | None = None) -> None:
        self._threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._most_waiting = most_waiting
        self._waiting = 0

    async def ask(self, question: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The answer, in turn.

        Raises:
            TooManyAsk: as many wait as may.
        """

        def answer() -> T:
            close_old_connections()
            return question(*args, **kwargs)

        if self._waiting == self._most_waiting:
            raise TooManyAsk
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, answer)
        finally:
            self._waiting -= 1


# Whoever comes with an invented session holds up neither the listener nor the memory.
of_listener = Threads("live-listener")
of_readers = Threads("live-readers", most_waiting=100)


def readers_of(sessions: Iterable[str]) -> dict[str, Reader]:
    """Whoever is signed in by these sessions now; two statements for all."""
    keys = [key for key in sessions if key]
    kept = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    told = {session.session_key: session.get_decoded() for session in kept}
    people = User.objects.in_bulk({int(one[SESSION_KEY]) for one in told.values() if SESSION_KEY in one})
    readers = {}
    for key, session in told.items():
        person = people.get(int(session.get(SESSION_KEY, 0)))
        if person and person.is_active and _is_theirs(session, person):
            readers[key] = Reader(key, person.pk, person.is_operator)
    return readers


def _is_theirs(session: dict[str, str], person: User) -> bool:
    """A session of before the password was changed is nobody's, and one that owes a code nobody's yet."""
    is_let_in = BACKEND_SESSION_KEY in session and not owes_code(person, session)
    hashed = session.get(HASH_SESSION_KEY, "")
    return is_let_in and constant_time_compare(hashed, person.get_session_auth_hash())


def lines_between(spans: list[tuple[int, int]]) -> list[Line] | None:
    """The committed lines of these spans of ids, ends included; None if they are more than a thousand."""
    firsts, lasts = zip(*spans, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(LINES, [list(firsts), list(lasts), MOST_LINES + 1, MOST_LINES + 1])
        found = cursor.fetchall()
    return None if len(found) > MOST_LINES else [Line(about, frozenset(whom)) for about, whom in found]


def changed_since(reader: Reader, since: datetime) -> bool:
    """Whether anything that concerns the reader was begun since then; rather too often than too seldom."""
    with connection.cursor() as cursor:
        cursor.execute(
            RECENT,
            {"since": since, "everything": reader.is_operator, "reader": reader.id, "most": MOST_RECENT},
        )
        (changed,) = cursor.fetchone()
    return bool(changed)
