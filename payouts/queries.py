"""Reading payouts."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Cast, JSONObject

from events.models import Event
from ledger.balances import owned_minor, platform_balances_minor
from payouts.bank_days import PLATFORM_ZONE
from payouts.models import PayoutApproval, PayoutItem, PayoutSchedule
from payouts.solvency import OWED_TO_OTHERS, OWED_TO_SELLERS, owed_of
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


def paid_this_year(seller: User, *, at: datetime) -> dict[str, int]:
    """What has reached the seller's bank in the year of `at`, by currency, in the smallest unit."""
    began = datetime(at.astimezone(PLATFORM_ZONE).year, 1, 1, tzinfo=PLATFORM_ZONE)
    paid = PayoutSchedule.objects.filter(seller=seller, state=State.PAID, paid_at__gte=began, paid_at__lte=at)
    return dict(paid.values_list("currency").annotate(Sum("total_minor")))


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


def with_stories(schedules: QuerySet[PayoutSchedule]) -> QuerySet[PayoutSchedule]:
    """Each schedule with the diary's lines about it, oldest first, in the same statement.

    `story` and `approvals_told` are lists of {kind, at, actor, reason, failure_code}; `actor` is a name.
    """
    diary = Event.objects.filter(subject_type="payout", subject_id=Cast(OuterRef("pk"), CharField()))
    actor = User.objects.filter(pk=OuterRef("actor_id")).values("name")
    line = JSONObject(
        kind="kind",
        at="at",
        actor=Subquery(actor),
        reason=F("details__reason"),
        failure_code=F("details__failure_code"),
    )
    approved = PayoutApproval.objects.filter(schedule=OuterRef("pk"))
    approval = JSONObject(
        kind=Value("payout.approved"), at="run__approved_at", actor="run__approved_by__name"
    )
    return schedules.annotate(
        story=ArraySubquery(diary.order_by("id").values(line=line)),
        approvals_told=ArraySubquery(approved.order_by("id").values(line=approval)),
    )


@dataclass(frozen=True)
class PlatformFunds:
    """Our balance at Stripe in one currency, by our books, and whose it is; smallest unit."""

    currency: str
    clearing_minor: int
    owed_to_sellers_minor: int
    owed_to_others_minor: int
    suspense_minor: int

    @property
    def owed_minor(self) -> int:
        return owed_of(
            sellers_minor=self.owed_to_sellers_minor,
            others_minor=self.owed_to_others_minor,
            suspense_minor=self.suspense_minor,
        )

    @property
    def free_minor(self) -> int:
        return self.clearing_minor - self.owed_minor


def platform_funds(currencies: Collection[str]) -> list[PlatformFunds]:
    """Of these currencies and of every one that the books know; two statements for all."""
    balances, owed = platform_balances_minor(), owned_minor(*OWED_TO_SELLERS)
    known = {*currencies, *owed, *(currency for _, currency in balances)}
    return [
        PlatformFunds(
            currency=currency,
            clearing_minor=balances.get(("stripe:clearing", currency), 0),
            owed_to_sellers_minor=owed.get(currency, 0),
            owed_to_others_minor=sum(balances.get((code, currency), 0) for code in OWED_TO_OTHERS),
            suspense_minor=balances.get(("suspense", currency), 0),
        )
        for currency in sorted(known)
    ]
