"""What Stripe and we tell differently, kept from the look that sees it first to the one that sees it gone."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet

from events.recording import draft_event, record_event, record_events
from faults.crossing import again_if_crossed
from people.models import User
from treasury.models import Break

Kind, About = Break.Kind, Break.About

# Until then a webhook, an answer or a run may still bring it.
SETTLES_WITHIN = timedelta(hours=1)
OPENED, CLOSED, EXPLAINED = "break.opened", "break.closed", "break.explained"
COLUMNS = (
    "kind",
    "object_type",
    "object_id",
    "account_id",
    "subject_id",
    "currency",
    "expected_minor",
    "found_minor",
)
# What one look has looked at, by type and Stripe's id.
Looked = Collection[tuple[str, str]]


class BreakRefused(Exception):
    """The difference cannot be explained; the message says why."""


@dataclass(frozen=True)
class Difference:
    """One of them, as one look sees it; the words of `Break`. `made_at` is Stripe's time of the object.

    Without that its age counts from when it was first seen.
    """

    kind: str
    object_type: str
    object_id: str
    currency: str
    expected_minor: int
    found_minor: int
    account_id: str = ""
    subject_id: str = ""
    made_at: datetime | None = None


def open_breaks() -> QuerySet[Break]:
    return Break.objects.filter(resolved_at=None)


@again_if_crossed
@transaction.atomic
def keep_differences(looked: Looked, found: Iterable[Difference], *, at: datetime) -> int:
    """Open what is new, renew what stands, close what was looked at and is gone; the diary tells of it.

    What is young is `timing`. What an operator has explained is not opened again while it is the same.
    Again adds nothing. Answers how many were opened.
    """
    differences = _aged(found, at=at)
    opened = _open(differences, at=at)
    closed = _close(looked, differences, at=at)
    record_events(
        [
            draft_event(kind, subject_type="break", subject_id=one.pk, at=at, details=_told(one))
            for kind, breaks in ((OPENED, opened), (CLOSED, closed))
            for one in breaks
        ]
    )
    return len(opened)


@transaction.atomic
def explain_break(one: Break, *, reason: str, by: User, at: datetime) -> None:
    """An operator has found out what it is and takes the responsibility; nothing moves by that.

    Raises:
        BreakRefused: it is closed, or may still come right by itself.
    """
    standing = open_breaks().filter(pk=one.pk).exclude(kind=Kind.TIMING)
    if not standing.update(resolved_at=at, explained_by=by, reason=reason):
        raise BreakRefused("It is gone, or may still come right by itself.")
    record_event(
        EXPLAINED,
        subject_type="break",
        subject_id=one.pk,
        at=at,
        actor_id=by.pk,
        details={
            "reason": reason,
            **_told(one),
            "before": {"state": "open"},
            "after": {"state": "explained"},
        },
    )


def _aged(found: Iterable[Difference], *, at: datetime) -> list[Difference]:
    """In the order in which everybody writes them; the young ones as timing."""
    told = {(one.object_type, one.object_id, one.kind, one.currency): one for one in found}
    differences = [told[key] for key in sorted(told)]
    ageless = [one.object_id for one in differences if one.made_at is None]
    old = set(
        open_breaks()
        .filter(object_id__in=ageless, first_seen_at__lte=at - SETTLES_WITHIN)
        .values_list("object_type", "object_id")
        if ageless
        else ()
    )
    return [replace(one, kind=Kind.TIMING) if _is_young(one, old, at=at) else one for one in differences]


def _is_young(one: Difference, old: set[tuple[str, str]], *, at: datetime) -> bool:
    if one.made_at is None:
        return (one.object_type, one.object_id) not in old
    return one.made_at > at - SETTLES_WITHIN


def _open(differences: list[Difference], *, at: datetime) -> list[Break]:
    """Write what is new; it is as old as what stands open of the same object. Answers the new ones."""
    if not differences:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO treasury_break (kind, object_type, object_id, account_id, subject_id, currency,
                expected_minor, found_minor, first_seen_at, last_seen_at, reason)
            SELECT found.*, least(%(at)s, (
                    SELECT min(first_seen_at) FROM treasury_break AS standing
                    WHERE standing.resolved_at IS NULL AND standing.object_id = found.object_id
                        AND standing.object_type = found.object_type
                        AND standing.currency = found.currency)), %(at)s, ''
            FROM unnest(%(kind)s::text[], %(object_type)s::text[], %(object_id)s::text[],
                %(account_id)s::text[], %(subject_id)s::text[], %(currency)s::text[],
                %(expected_minor)s::bigint[], %(found_minor)s::bigint[])
                AS found (kind, object_type, object_id, account_id, subject_id, currency,
                    expected_minor, found_minor)
            WHERE NOT EXISTS (
                SELECT FROM treasury_break AS told
                WHERE told.explained_by_id IS NOT NULL AND told.object_id = found.object_id
                    AND (told.object_type, told.currency, told.expected_minor, told.found_minor)
                        = (found.object_type, found.currency, found.expected_minor, found.found_minor))
            ON CONFLICT (object_type, object_id, kind, currency) WHERE resolved_at IS NULL DO UPDATE SET
                expected_minor = excluded.expected_minor, found_minor = excluded.found_minor,
                last_seen_at = greatest(treasury_break.last_seen_at, excluded.last_seen_at)
            RETURNING id, xmax = 0
            """,
            {"at": at} | {name: [getattr(one, name) for one in differences] for name in COLUMNS},
        )
        fresh = [pk for pk, is_fresh in cursor.fetchall() if is_fresh]
    return list(Break.objects.filter(pk__in=fresh).order_by("pk")) if fresh else []


def _close(looked: Looked, differences: list[Difference], *, at: datetime) -> list[Break]:
    """What was looked at and stands no more; answers those that were closed by this."""
    standing = {(one.object_type, one.object_id, one.kind, one.currency) for one in differences}
    seen = set(looked)
    gone = [
        one.pk
        for one in open_breaks().filter(object_id__in={stripe_id for _, stripe_id in seen})
        if (one.object_type, one.object_id) in seen
        and (one.object_type, one.object_id, one.kind, one.currency) not in standing
    ]
    if not gone:
        return []
    held = open_breaks().filter(pk__in=gone).order_by("pk").select_for_update()
    closed = [one for one in held if one.first_seen_at <= at]
    Break.objects.filter(pk__in=[one.pk for one in closed]).update(resolved_at=at)
    return closed


def _told(one: Break) -> dict[str, object]:
    return {name: getattr(one, name) for name in COLUMNS if getattr(one, name) != ""}
