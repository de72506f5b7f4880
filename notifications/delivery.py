"""Sending letters: what waits is sent, after the money and apart from it.

A letter is sent at least once. Whoever dies between the server's word and the mark leaves it to be sent
again, with the same Message-ID.
"""

import random
from datetime import datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import connection

from faults.crashpoints import crashpoint
from notifications.dressing import html_of
from notifications.models import Letter
from notifications.preferences import stop_link

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
# About five days; the counting begins with the first try, however long no worker ran.
MOST_TRIES = 130
# Whoever has a letter has it alone for longer than a server may take for all its answers.
CLAIM = timedelta(minutes=2)

State = Letter.State


def deliver_letter(*, at: datetime) -> bool:
    """Send the letter that has waited longest. False if none is due, or it could not be sent.

    One that failed waits: 5 s, doubling, an hour at most, each ± 20 %; after 130 tries it is `failed`.
    Several may deliver at once. Where no mail server is named, letters wait.
    """
    letter = _claim(at=at) if settings.LETTERS_LEAVE else None
    if letter is None:
        return False
    try:
        _message(letter).send()
    except Exception as failure:  # One of the edges: a server, or a letter, may fail in any way.
        _delay(letter, failure, at=at)
        return False
    crashpoint("O1.published")
    waiting = Letter.objects.filter(pk=letter.pk, state=State.WAITING)
    marked = waiting.update(state=State.SENT, sent_at=at, failure="")
    crashpoint("O2.marked")
    return marked == 1


def _claim(*, at: datetime) -> Letter | None:
    """Count the try and keep others away, committed before the server is called."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE notifications_letter SET tries = tries + 1, next_at = %(until)s
            WHERE id = (
                SELECT id FROM notifications_letter
                WHERE state = 'waiting' AND next_at <= %(at)s
                ORDER BY next_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
            )
            RETURNING id
            """,
            {"at": at, "until": at + CLAIM},
        )
        claimed = cursor.fetchone()
    return Letter.objects.get(pk=claimed[0]) if claimed else None


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


def _delay(letter: Letter, failure: Exception, *, at: datetime) -> None:
    wait = min(FIRST_WAIT * 2 ** min(letter.tries - 1, 10), LONGEST_WAIT)
    spread = random.uniform(0.8, 1.2)  # noqa: S311  (it spreads load, it hides nothing)
    waiting = Letter.objects.filter(pk=letter.pk, state=State.WAITING)
    waiting.update(
        state=State.FAILED if letter.tries >= MOST_TRIES else State.WAITING,
        next_at=at + wait * spread,
        failure=type(failure).__name__[:80],
    )
