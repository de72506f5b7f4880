"""The story of one payment, oldest first: what happened, and what is expected, each in one sentence."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from django.utils.translation import gettext

from events.models import Event
from events.reading import stories_of
from payments.models import PaymentIntent
from payouts.bank_days import PLATFORM_ZONE
from payouts.models import PayoutSchedule
from payouts.scheduling import schedules_of_payments
from payouts.timeline import steps_of
from people.models import User


@dataclass(frozen=True)
class Step:
    """One step. `expected` is a step to come, at its expected time; `at` None means no time is known."""

    at: datetime | None
    kind: str
    text: str
    actor: str
    expected: bool = False


WORDS: dict[str, tuple[str, Callable[[], str]]] = {
    "payment.created": ("buyer", lambda: gettext("The payment was started.")),
    "payment.approval_needed": ("bank", lambda: gettext("The bank asked the buyer to approve.")),
    "payment.processing": ("bank", lambda: gettext("The bank is confirming the payment.")),
    "payment.declined": ("bank", lambda: gettext("The payment was declined. Nothing was charged.")),
    "payment.canceled": ("system", lambda: gettext("The payment was canceled. Nothing was charged.")),
    "payment.completed": ("system", lambda: gettext("Paid. The commission is booked.")),
    "payment.returned": ("system", lambda: gettext("Paid too late. The money goes back to the buyer.")),
}


# Of what happens to a payout, a sale's story tells where its money went.
TOLD_OF_A_PAYOUT = frozenset({"payout.sent", "payout.paid", "payout.returned"})


def timeline_of(payment: PaymentIntent, *, reader: User) -> list[Step]:
    """What `reader` may know of the payment's story. A seller is not told of declines and approvals."""
    return timelines_of([payment], reader=reader)[payment.pk]


def timelines_of(payments: Sequence[PaymentIntent], *, reader: User) -> dict[UUID, list[Step]]:
    """The story of each payment, by its id; as many statements for many as for one."""
    stories = stories_of("payment", [payment.pk for payment in payments])
    schedules = schedules_of_payments([p.pk for p in payments if _tells_of_its_payout(p, reader)])
    payouts = stories_of("payout", {schedule.pk for schedule in schedules.values()})
    return {
        payment.pk: [
            _won(payment),
            *(_step(event) for event in stories[str(payment.pk)] if _may_know(event, reader)),
            *_payout_steps(payment, schedules.get(payment.pk), payouts),
        ]
        for payment in payments
    }


def _won(payment: PaymentIntent) -> Step:
    won = Step(payment.bid.created_at, "bid.won", gettext("The auction was won."), "system")
    if payment.auction.closed_at:
        actor = "seller" if payment.auction.closed_by_id else "system"
        won = Step(payment.auction.closed_at, "auction.closed", gettext("The auction was won."), actor)
    return won


def _may_know(event: Event, reader: User) -> bool:
    return event.kind in WORDS and (reader.is_operator or reader.pk in event.audience)


def _step(event: Event) -> Step:
    actor, sentence = WORDS[event.kind]
    return Step(at=event.at, kind=event.kind, text=sentence(), actor=actor)


def _tells_of_its_payout(payment: PaymentIntent, reader: User) -> bool:
    """The seller's half of the story, which is not the buyer's business."""
    return payment.outcome == PaymentIntent.Outcome.SALE and reader.pk != payment.buyer_id


def _payout_steps(
    payment: PaymentIntent, schedule: PayoutSchedule | None, stories: Mapping[str, list[Event]]
) -> list[Step]:
    if schedule is None:
        return []
    number = f"PO-{schedule.number}"
    on_schedule = Step(
        payment.succeeded_at, "payout.scheduled", gettext("Added to payout %s.") % number, "system"
    )
    steps = [
        Step(step.at, step.kind, step.text, step.actor)
        for step in steps_of(stories[str(schedule.pk)])
        if step.kind in TOLD_OF_A_PAYOUT
    ]
    if schedule.state == PayoutSchedule.State.SCHEDULED:
        leaves_at = datetime.combine(schedule.scheduled_date, time(6), tzinfo=PLATFORM_ZONE)
        leaves = gettext("Leaves for the seller's bank.")
        steps.append(Step(leaves_at, "payout.sending", leaves, "system", expected=True))
    return [on_schedule, *steps]
