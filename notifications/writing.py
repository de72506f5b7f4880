"""From the diary to letters: each line that somebody should hear of, once for each person.

Lines become visible out of order, so what is new is found by what has no letter yet, among the lines above
the bookmark. The bookmark follows a quarter of an hour behind.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils import translation
from django.utils.translation import gettext

from events.models import Event
from notifications.models import Bookmark, Letter
from notifications.preferences import TOPICS, stop_link, unwanted_by
from notifications.subjects import Subject, subjects_of
from notifications.wording import LETTERS
from notifications.words import ended_with
from people.models import User

SET_SIZE = 200
# Longer than any transaction that writes the diary: one that rests is ended after 10 s, a statement
# after 30, and none has dozens of them.
LONGEST_TRANSACTION = timedelta(minutes=15)


def write_letters(*, at: datetime) -> int:
    """Write the letters of up to one set of new lines, all or nothing; answers how many lines there were.

    Two who write at once write each letter once.
    """
    _move_bookmark(at=at)
    events = list(_untold()[:SET_SIZE])
    if events:
        Letter.objects.bulk_create(_drafts(events, at=at), ignore_conflicts=True)
    return len(events)


def _untold() -> QuerySet[Event]:
    """The lines that somebody should hear of and nobody did, oldest first."""
    told = Exists(Letter.objects.filter(event=OuterRef("pk")))
    read_up_to = Bookmark.objects.values("read_up_to")
    lines = Event.objects.filter(~told, pk__gt=read_up_to, kind__in=list(LETTERS))
    # Held for approval: nothing the seller could do, and said on the page.
    return lines.exclude(kind="payout.held", actor_id=None).order_by("pk")


def _move_bookmark(*, at: datetime) -> None:
    """What was the newest line long enough ago is done with, as far as all before it have their letters."""
    mark = Bookmark.objects.get()
    if at < mark.seen_at + LONGEST_TRANSACTION:
        return
    first = _untold().values_list("pk", flat=True).first()
    newest = Event.objects.aggregate(newest=Max("pk"))["newest"]
    Bookmark.objects.filter(pk=mark.pk, seen_at=mark.seen_at).update(
        read_up_to=mark.seen_up_to if first is None else min(mark.seen_up_to, first - 1),
        seen_up_to=newest or 0,
        seen_at=at,
    )


def _drafts(events: Sequence[Event], *, at: datetime) -> list[Letter]:
    """In as many statements for many lines as for one."""
    subjects = subjects_of(events)
    told = [
        (event, subject, role, person_id)
        for event in events
        for subject in [subjects[event.pk]]
        for role in LETTERS[event.kind]
        if (person_id := getattr(subject, f"{role}_id")) is not None
    ]
    people = User.objects.in_bulk({person_id for *_, person_id in told})
    unwanted = unwanted_by(people)
    return [
        _draft(event, subject, role, people[person_id], unwanted, at=at)
        for event, subject, role, person_id in told
    ]


def _draft(
    event: Event, subject: Subject, role: str, person: User, unwanted: set[tuple[int, str]], *, at: datetime
) -> Letter:
    language, topic = person.language or settings.LANGUAGE_CODE, TOPICS.get((event.kind, role), "")
    with translation.override(language):
        words = LETTERS[event.kind][role](event, subject)
        if topic:
            stop = gettext("If you want no more letters like this one:")
            words = ended_with(words, stop, stop_link(person.pk, topic))
    return Letter(
        event=event,
        person=person,
        topic=topic,
        state=Letter.State.UNWANTED if (person.pk, topic) in unwanted else Letter.State.WAITING,
        address=person.email,
        language=language,
        subject=words.subject,
        text=words.text,
        written_at=at,
        next_at=at,
    )
