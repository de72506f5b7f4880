"""Reading a kept message: the thing it tells of, and when Stripe told it."""

from datetime import UTC, datetime
from typing import Any

from gateway.facts import NotReadable, moment
from inbox.models import Message

LAST_SECOND = 2**36  # The year 4147.


def object_of(message: Message) -> dict[str, Any]:
    """The thing the event is about, as it was then.

    Raises:
        NotReadable: there is none.
    """
    data = message.event.get("data")
    subject = data.get("object") if isinstance(data, dict) else None
    if not isinstance(subject, dict):
        raise NotReadable("data.object is missing.")
    return subject


def told_at(message: Message) -> datetime:
    """When Stripe made the event; when we received it, if it does not say."""
    created = message.event.get("created")
    if isinstance(created, int) and 0 < created < LAST_SECOND:
        return moment(created)
    return message.received_at.astimezone(UTC)
