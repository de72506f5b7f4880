"""Sending letters: what waits is sent, after the money and apart from it.

A letter is sent at least once. Whoever dies between the server's word and the mark leaves it to be sent
again, with the same Message-ID.
"""

import contextlib
import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from django.db.models import F

from faults.crashpoints import crashpoint
from notifications.dressing import html_of
from notifications.models import Letter
from notifications.preferences import stop_link

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
# About five days; the counting begins with the first try, however long no worker ran.
MOST_TRIES = 130
A_SET = 10
# Whoever has letters has them alone for longer than a server may take for all its answers to the last one,
# which is begun in the first half.
CLAIM = timedelta(minutes=4)

State = Letter.State


def deliver_letters(*, at: datetime, limit: int = A_SET, go_on: Callable[[], bool] = lambda: True) -> int:
    """Send up to `limit` letters, those that have waited longest; answers how many were sent.

    One that failed waits: 5 s, doubling, an hour at most, each ± 20 %; after 130 tries it is `failed`. It
    ends the set: what is left of that is given back, as it is when the set takes long or shall not `go_on`.
    Several may deliver at once. Where no mail server is named, letters wait.
    """
    left = _claim(limit=limit, at=at) if settings.LETTERS_LEAVE else []
    sent, claim = 0, _Claim(at)
    try:
        while left and claim.is_young and go_on():
            letter = left.pop(0)
            try:
                _message(letter).send()
            except Exception as failure:  # One of the edges: a server, or a letter, may fail in any way.
                _delay(letter, failure, claim)
                break
            crashpoint("O1.published")
            waiting = Letter.objects.filter(pk=letter.pk, state=State.WAITING)
            sent += waiting.update(state=State.SENT, sent_at=claim.now, failure="")
            crashpoint("O2.marked")
    except (DatabaseError, InterfaceError):
        close_old_connections()
        with contextlib.suppress(DatabaseError, InterfaceError):
            _give_back(left, claim)
        raise
    _give_back(left, claim)
    return sent


class _Claim:
    """Since when letters are ours alone, by the database's clock, and what it says now as far as we know.

    A machine that slept has a clock that did, and one that did not: the later counts.
    """

    def __init__(self, at: datetime) -> None:
        self.at, self.until = at, at + CLAIM
        self._began = time.monotonic(), time.time()

    @property
    def now(self) -> datetime:
        awake, by_the_wall = self._began
        return self.at + timedelta(seconds=max(time.monotonic() - awake, time.time() - by_the_wall))

    @property
    def is_young(self) -> bool:
        return self.now < self.at + CLAIM / 2


def _claim(*, limit: int, at: datetime) -> list[Letter]:
    """Count the try and keep others away, committed before the server is called."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH due AS (
                SELECT id FROM notifications_letter
                WHERE state = 'waiting' AND next_at <= %(at)s
                ORDER BY next_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
            )
            UPDATE notifications_letter AS letter SET tries = letter.tries + 1, next_at = %(until)s
            FROM due WHERE letter.id = due.id RETURNING letter.id
            """,
            {"at": at, "until": at + CLAIM, "limit": limit},
        )
        claimed = [pk for (pk,) in cursor.fetchall()]
    return list(Letter.objects.filter(pk__any_of=claimed).order_by("pk")) if claimed else []


def _give_back(letters: list[Letter], claim: _Claim) -> None:
    """They were not tried, and may leave at once; what somebody else has claimed meanwhile stays theirs."""
    if letters:
        ours = Letter.objects.filter(pk__any_of=[letter.pk for letter in letters], next_at=claim.until)
        ours.filter(state=State.WAITING).update(tries=F("tries") - 1, next_at=claim.at)


def _message(letter: Letter) -> EmailMultiAlternatives:
    """As text and as HTML. A repetition has the same Message-ID, and no robot answers it."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    headers = {
        "Message-ID": f"<{letter.key}@{domain}>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": letter.language,
    }
    if letter.topic:
        # RFC 8058: the reader's mail program offers to stop them.
        headers["List-Unsubscribe"] = f"<{stop_link(letter.person_id, letter.topic)}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message = EmailMultiAlternatives(letter.subject, letter.text, to=[letter.address], headers=headers)
    message.attach_alternative(html_of(letter), "text/html")
    return message


def _delay(letter: Letter, failure: Exception, claim: _Claim) -> None:
    wait = min(FIRST_WAIT * 2 ** min(letter.tries - 1, 10), LONGEST_WAIT)
    spread = random.uniform(0.8, 1.2)  # noqa: S311  (it spreads load, it hides nothing)
    ours = Letter.objects.filter(pk=letter.pk, state=State.WAITING, next_at=claim.until)
    ours.update(
        state=State.FAILED if letter.tries >= MOST_TRIES else State.WAITING,
        next_at=claim.now + wait * spread,
        failure=type(failure).__name__[:80],
    )
