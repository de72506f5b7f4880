"""Writing the diary, in the same transaction as what it tells of."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from events.models import Event
from money.sets import insert_rows


def draft_event(
    kind: str,
    *,
    subject_type: str,
    subject_id: object,
    at: datetime,
    actor_id: int | None = None,
    audience: Iterable[int] = (),
    details: Mapping[str, object] | None = None,
) -> Event:
    """A line not yet written: `kind` as noun and participle (`payment.completed`).

    `actor_id` None is the system itself; `audience` are the ids of the users it concerns; `details` are
    plain JSON values, amounts in the smallest unit.
    """
    return Event(
        kind=kind,
        at=at,
        actor_id=actor_id,
        subject_type=subject_type,
        subject_id=str(subject_id),
        audience=sorted(set(audience)),
        details=dict(details or {}),
    )


def record_events(drafts: list[Event]) -> list[Event]:
    """Write the lines, in one statement."""
    insert_rows(drafts)
    return drafts


def record_event(
    kind: str,
    *,
    subject_type: str,
    subject_id: object,
    at: datetime,
    actor_id: int | None = None,
    audience: Iterable[int] = (),
    details: Mapping[str, object] | None = None,
) -> Event:
    """Write one line; the words of `draft_event`."""
    draft = draft_event(
        kind,
        subject_type=subject_type,
        subject_id=subject_id,
        at=at,
        actor_id=actor_id,
        audience=audience,
        details=details,
    )
    return record_events([draft])[0]
