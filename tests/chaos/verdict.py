"""What became of it, judged by the sandbox's own record of money, whatever our own states say."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from audit.auditing import audit_all
from events.models import Event
from inbox.models import Message
from notifications.models import Letter
from payments.models import PaymentIntent, Transaction
from payouts.holding import open_breakers
from payouts.models import PayoutItem, PayoutSchedule
from tests import local
from tests.chaos.trouble import MET
from tests.live import wait_for

LEAST_OF_EACH_FAULT = 5


@dataclass
class Verdict:
    payments: int = 0
    lost: list[str] = field(default_factory=list)
    double: list[str] = field(default_factory=list)
    difference_minor: int = 0
    wrong: list[str] = field(default_factory=list)
    thin: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.double or self.difference_minor or self.wrong)


def journal_of(sandbox: str, kind: str) -> list[dict[str, Any]]:
    """The last word on each object of the kind."""
    text = local.get(f"{sandbox}/sandbox/journal").text
    lines = [json.loads(line) for line in text.splitlines() if line]
    return list({line["id"]: line for line in lines if line["type"] == kind}.values())


def judge_sales(verdict: Verdict, sandbox: str, seen: list[str]) -> None:
    """Every charge has both its lines; nobody was charged twice; what a client saw is there."""
    charges = [charge for charge in journal_of(sandbox, "charge") if charge["status"] == "succeeded"]
    verdict.payments = len(charges)
    lines = Counter(
        Transaction.objects.values_list("payment_intent__stripe_payment_intent_id", "type").iterator()
    )
    for charge in charges:
        intent = charge["payment_intent"]
        told = [lines[intent, kind] for kind in ("commission", "payout")]
        if min(told) < 1:
            verdict.lost.append(intent)
        if max(told) > 1:
            verdict.double.append(intent)
    per_intent = Counter(charge["payment_intent"] for charge in charges)
    verdict.double += [intent for intent, count in per_intent.items() if count > 1]
    booked = PaymentIntent.objects.filter(status="succeeded").values_list("total_minor", flat=True)
    verdict.difference_minor += abs(sum(charge["amount"] for charge in charges) - sum(booked))
    known = {str(pk) for pk in PaymentIntent.objects.values_list("pk", flat=True)}
    verdict.wrong += [f"a client saw {pk}, and it is gone" for pk in seen if pk not in known]


def judge_payouts(verdict: Verdict, sandbox: str) -> None:
    """One transfer an item and one payout a schedule, to the öre."""
    transfers, payouts = journal_of(sandbox, "transfer"), journal_of(sandbox, "payout")
    per_item = Counter(transfer["metadata"].get("item") for transfer in transfers)
    verdict.double += [f"item {item}" for item, count in per_item.items() if count > 1]
    items = dict(PayoutItem.objects.filter(state="paid").values_list("pk", "net_minor"))
    missing = {str(pk) for pk in items} - set(per_item)
    verdict.lost += [f"item {pk}" for pk in sorted(missing)]
    sent = sum(transfer["amount"] for transfer in transfers)
    arrived = sum(payout["amount"] for payout in payouts if payout["status"] == "paid")
    verdict.difference_minor += abs(sent - sum(items.values())) + abs(arrived - sum(items.values()))
    states = Counter(PayoutSchedule.objects.values_list("state", flat=True))
    if set(states) - {"paid", "canceled"}:
        verdict.wrong.append(f"schedules end as {dict(states)}")
        verdict.wrong += [f"payouts stand: {breaker.cause}, {breaker.reason}" for breaker in open_breakers()]
        for state in ("sending", "scheduled"):
            stuck = PayoutSchedule.objects.filter(state=state).values_list(
                "scheduled_date", "reason", "attempt"
            )
            verdict.wrong += [f"{state}: {row}" for row in stuck[:3]]


def judge_the_rest(verdict: Verdict) -> None:
    """Letters, messages, and all that must be true.

    A letter whose sender was killed is its until the claim is over; no other may wait.
    """
    wait_for(lambda: not Letter.objects.filter(state="waiting", next_at__lte=timezone.now()).exists())
    wait_for(lambda: not Message.objects.filter(state="received").exists())
    completed = Event.objects.filter(kind="payment.completed").count()
    letters = Letter.objects.filter(event__kind="payment.completed")
    if letters.count() != 2 * completed:
        verdict.wrong.append(f"{completed} sales have {letters.count()} letters")
    stuck = Message.objects.filter(state__in=["received", "quarantined", "dead"])
    told = stuck.values_list("state", "type", "object_id", "attempts", "received_at", "next_at", "reason")
    verdict.wrong += [" ".join(map(str, row)) for row in told]
    verdict.wrong += [f"{f.number}: {f.sentence} {f.ids[:3]}" for f in audit_all(at=timezone.now())]


def judge_coverage(verdict: Verdict, fired: Counter[str], kills: Counter[str], wanted: int) -> None:
    """What did not happen often enough has proven nothing."""
    verdict.thin += [f"{kind} {count}" for kind, count in fired.items() if count < LEAST_OF_EACH_FAULT]
    verdict.thin += [f"{kind} {kills[kind]}" for kind in MET if kills[kind] < wanted]
