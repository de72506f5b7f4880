"""Reading payouts."""

from collections.abc import Collection

from django.db.models import QuerySet

from payouts.models import PayoutItem, PayoutSchedule
from people.models import User

State = PayoutSchedule.State

STATUS_OF_STATE = {
    State.SCHEDULED: "scheduled",
    State.HELD: "scheduled",
    State.SENDING: "processing",
    State.TRANSFERRED: "processing",
    State.IN_TRANSIT: "processing",
    State.PAID: "completed",
    State.RETURNED: "failed",
    State.CANCELED: "canceled",
}


def schedules_for(person: User) -> QuerySet[PayoutSchedule]:
    """The payout schedules a person may see: own ones; an operator sees all. Newest first."""
    rows = PayoutSchedule.objects.select_related("seller", "payout").order_by("-number")
    return rows if person.is_operator else rows.filter(seller=person)


def states_shown_as(statuses: Collection[str]) -> list[str]:
    """The states that are one of these statuses to the outside."""
    return [state for state, status in STATUS_OF_STATE.items() if status in statuses]


def status_to_the_outside(schedule: PayoutSchedule) -> str:
    """scheduled, processing, completed, failed or canceled."""
    return STATUS_OF_STATE[State(schedule.state)]


def items_of(schedule: PayoutSchedule) -> QuerySet[PayoutItem]:
    """The live items, in the order they came; each with its earning, whose line leads to the payment."""
    live = schedule.items.exclude(state=PayoutItem.State.DROPPED)
    return live.select_related("earning").order_by("pk")
