"""What happened at Stripe since the dump, replayed in the copy: read, and given its effect. Nothing is sent.

The pollers and the inbox's handlers are the worker's own. A sale that they complete is put on its day, and
a letter would follow from its line in the diary: who pays, and who writes letters, is not called here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min

from config.worker import ALL_HANDLERS, MESSAGES_AT_ONCE
from inbox.handling import handle_waiting
from inbox.models import Message
from treasury.balance_transactions import poll_movements
from treasury.missed_events import ask_accounts_anew, poll_events

DEAD = Message.State.DEAD


@dataclass(frozen=True)
class Replayed:
    """How many events and movements were new to the copy; and a sentence for each that came to no effect."""

    events: int
    movements: int
    failures: list[str]


def replay(*, at: datetime) -> Replayed:
    """Read what Stripe says happened, give it its effect, and keep and name what moved. Again adds nothing.

    Raises:
        StripeAway, StripeRefused: see there.
        DatabaseError: the copy does not take it.
    """
    dead_before = set(Message.objects.filter(state=DEAD).values_list("pk", flat=True))
    ask_accounts_anew(at=at)
    events = poll_events(at=at)
    _give_effect(at=at)
    return Replayed(events, poll_movements(at=at), list(_failures(dead_before)))


def _give_effect(*, at: datetime) -> None:
    """What failed is not waited for: it is tried again as if its time had come, while it has tries left."""
    waiting = Message.objects.filter(state=Message.State.RECEIVED)
    while (next_at := waiting.aggregate(at=Min("next_at"))["at"]) is not None:
        handle_waiting(ALL_HANDLERS, limit=MESSAGES_AT_ONCE, at=max(at, next_at))


def _failures(dead_before: set[int]) -> Iterator[str]:
    for message in Message.objects.filter(state=DEAD).exclude(pk__in=dead_before).order_by("pk"):
        yield f"{message} was tried until its tries were used up: {message.reason.splitlines()[0]}"
