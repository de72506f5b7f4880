"""What needs an operator, each with where to see to it; counted in what is open, never in what is done."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, QuerySet, Value
from django.urls import reverse
from django.utils.translation import gettext

from inbox.models import Message
from payments.models import PaymentIntent
from payouts.holding import open_breakers
from payouts.models import Hold, PayoutSchedule
from treasury.differences import open_breaks

CONFIRMS_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True)
class Need:
    """So many things of a kind, and the address of their list. One that `solves_itself` is no alarm."""

    label: str
    count: int
    address: str
    solves_itself: bool = False

    @property
    def is_alarm(self) -> bool:
        return self.count > 0 and not self.solves_itself


def needs_of_operators(*, at: datetime) -> list[Need]:
    """All kinds, those with nothing too; one statement however much there is."""
    payouts, messages = reverse("operator-payouts"), reverse("operator-webhooks")
    counts = _counts(
        stops=open_breakers(),
        approvals=Hold.objects.filter(kind=Hold.Kind.APPROVAL, released_at=None, schedule__isnull=False),
        returned=PayoutSchedule.objects.filter(state=PayoutSchedule.State.RETURNED),
        differences=open_breaks(),
        stopped=Message.objects.filter(state__in=Message.STOPPED),
        confirming=PaymentIntent.objects.filter(
            status=PaymentIntent.Status.PROCESSING, status_as_of__lte=at - CONFIRMS_WITHIN
        ),
        retried=Message.objects.filter(state=Message.State.RECEIVED, attempts__gt=0),
    )
    return [
        Need(gettext("Stops of all payouts"), counts["stops"], payouts),
        Need(gettext("Payouts to approve"), counts["approvals"], reverse("runs")),
        Need(gettext("Payouts the bank returned"), counts["returned"], f"{payouts}?state=returned"),
        Need(gettext("Differences from Stripe"), counts["differences"], reverse("differences")),
        Need(gettext("Webhooks that need a person"), counts["stopped"], f"{messages}?state=stopped"),
        Need(
            gettext("Payments confirming for over 10 minutes"),
            counts["confirming"],
            f"{reverse('operator')}?state=processing",
        ),
        Need(
            gettext("Webhooks tried in vain so far"),
            counts["retried"],
            f"{messages}?state=waiting",
            solves_itself=True,
        ),
    ]


def _counts(**rows: QuerySet[Any]) -> dict[str, int]:
    first, *others = (
        found.order_by()
        .annotate(need=Value(need))
        .values("need")
        .annotate(Count("pk"))
        .values_list("need", "pk__count")
        for need, found in rows.items()
    )
    return dict(first.union(*others, all=True))
