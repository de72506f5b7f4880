"""An operator lets a message that was set aside be handled again."""

from datetime import datetime

from django.db import transaction

from events.recording import record_event
from inbox.handling import replay_message
from inbox.models import Message
from people.models import User


@transaction.atomic
def replay(message: Message, *, by: User, reason: str, at: datetime) -> bool:
    """Let it wait again with all its tries; the diary says who and why. False if it was not set aside."""
    if not replay_message(message, at=at):
        return False
    record_event(
        "message.replayed",
        subject_type="message",
        subject_id=message.pk,
        at=at,
        actor_id=by.pk,
        details={
            "reason": reason,
            "event_id": message.event_id,
            "before": {"state": message.state},
            "after": {"state": Message.State.RECEIVED},
        },
    )
    return True
