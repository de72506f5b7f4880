"""P1: an inbox full of paid PaymentIntents, drained by the worker's own function and by hand-written SQL."""

import json
import random
import time
from itertools import cycle
from pathlib import Path

from django.utils import timezone

from audit.auditing import audit_all
from bench.ground import copied, filled, pgbench, sums_of
from bench.measuring import Figure, Size
from config.seeding import open_sales, seed_sales
from config.worker import ALL_HANDLERS, MESSAGES_AT_ONCE
from inbox.handling import handle_waiting
from inbox.models import Message
from inbox.receiving import draft_message, receive_messages
from payments.models import PaymentIntent
from payouts.models import PayoutSchedule
from people.models import User
from tests.cast import intent_event

EVENTS, HISTORY = (20_000, 1_000), (2_000, 300)
SELLERS, BUYERS = 100, 400
AT_ONCE = 1_000
BY_HAND = Path(__file__).parent / "completion.sql"
SET_BY_HAND = 100
CLIENTS = (1, 2)


def completion(size: Size) -> list[Figure]:
    """Events a second, all of their effects committed; the books are the same on both sides."""
    figure = Figure("P1", "completion of a waiting inbox", "events/s", goal=0.6)
    events = size.of(*EVENTS)
    with filled("completion") as name:
        receive(open_for_payment(events, history=size.of(*HISTORY)))
        for _ in range(size.rounds):
            with copied(name) as copy:
                figure.ours.append(events / _drain())
                ours = sums_of(copy)
                refuse_findings()
            rates = []
            for clients in CLIENTS:
                with copied(name) as copy:
                    rates.append(events / complete_by_hand(copy, events, clients=clients))
                    refuse_other_books(ours, sums_of(copy))
            figure.limit.append(max(rates))
    return [figure]


def open_for_payment(events: int, *, history: int) -> list[dict[str, object]]:
    """A history, and so many won sales that wait for their payment; answers Stripe's word of each.

    PostgreSQL makes no plans for growth from tables that it has seen empty.
    """
    at = timezone.now()
    seed_sales(history, sellers=SELLERS, password="not used", at=at)  # noqa: S106
    selling, buying = cycle(_people("is_seller", SELLERS)), _people("is_buyer", BUYERS)
    dice, told = random.Random(events), list[dict[str, object]]()  # noqa: S311
    for start in range(0, events, AT_ONCE):
        some = min(AT_ONCE, events - start)
        opened = open_sales(some, selling=selling, buying=buying, dice=dice, at=at)
        told += [intent_event(payment, at=at) for payment in opened]
    return told


def _people(role: str, count: int) -> list[int]:
    people = User.objects.bulk_create(
        User(email=f"{role}{number}@bench.example", name=f"{role} {number}", **{role: True})
        for number in range(count)
    )
    return [person.pk for person in people]


def receive(told: list[dict[str, object]]) -> None:
    """Into the inbox, as the webhook keeps them."""
    at = timezone.now()
    for start in range(0, len(told), AT_ONCE):
        receive_messages(
            [
                draft_message(endpoint="platform", event=event, body=json.dumps(event).encode(), at=at)
                for event in told[start : start + AT_ONCE]
            ]
        )


def _drain() -> float:
    """The worker's duty until nothing waits; answers its seconds."""
    began = time.perf_counter()
    while handle_waiting(ALL_HANDLERS, limit=MESSAGES_AT_ONCE, at=timezone.now()):
        pass
    seconds = time.perf_counter() - began
    if (
        Message.objects.exclude(state="handled").exists()
        or PaymentIntent.objects.exclude(status="succeeded").exists()
    ):
        raise SystemExit("bench: something is left, or was not believed")
    return seconds


def complete_by_hand(database: str, events: int, *, clients: int = 1) -> float:
    """The same of what waits there, in hand-written SQL; answers its seconds."""
    day = PayoutSchedule.objects.values_list("scheduled_date", flat=True)[0]
    each = -(-events // SET_BY_HAND // clients)
    return pgbench(BY_HAND, database=database, clients=clients, each=each, set=SET_BY_HAND, day=day)


def refuse_findings() -> None:
    """A fast wrong answer is a failed scenario."""
    if findings := audit_all(at=timezone.now()):
        raise SystemExit(f"the audit found {[finding.number for finding in findings]}: no ratio is printed")


def refuse_other_books(ours: dict[str, int], theirs: dict[str, int]) -> None:
    """Both sides wrote the same, or nothing is compared. What an audit keeps of itself is no book."""
    differ = {
        name: (ours[name], theirs[name])
        for name in ours
        if ours[name] != theirs[name] and not name.startswith("audit_")
    }
    if differ:
        raise SystemExit(f"ours and the limit wrote different books: {differ}: no ratio is printed")
