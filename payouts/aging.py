"""Stripe lets a sale's money lie for 90 days: whoever watches is told on the 75th, while there is time."""

from datetime import date, datetime

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast

from events.models import Event
from events.recording import draft_event, record_events
from payouts.bank_days import PLATFORM_ZONE
from payouts.models import Earning
from payouts.policies import ALARM_AFTER, clock_of

KIND = "earning.old"


def tell_of_old_money(*, limit: int, at: datetime) -> int:
    """One line in the diary for each sale that has lain for 75 days and is not in the bank. Twice is once."""
    today = at.astimezone(PLATFORM_ZONE).date()
    drafts = [
        draft_event(
            KIND,
            subject_type="earning",
            subject_id=earning.pk,
            at=at,
            details={
                "payment_id": str(earning.payment_id),
                "seller_id": earning.seller_id,
                "amount_minor": earning.amount_minor,
                "currency": earning.currency,
                "days": (today - clock_of(earning)).days,
            },
        )
        for earning in _untold(today)[:limit]
    ]
    return len(record_events(drafts))


def old_money(*, on: date) -> QuerySet[Earning]:
    """The sales that have lain for 75 days or more and are not in the bank, the oldest first."""
    begun = on - ALARM_AFTER
    lies_long = Q(available_on__lte=begun) | Q(available_on=None, paid_on__lte=begun)
    pending = Earning.objects.filter(lies_long, paid_on__lte=begun, status=Earning.Status.PENDING)
    return pending.order_by("paid_on", "pk")


def _untold(on: date) -> QuerySet[Earning]:
    told = Event.objects.filter(
        kind=KIND, subject_type="earning", subject_id=Cast(OuterRef("pk"), CharField(max_length=64))
    )
    return old_money(on=on).exclude(Exists(told))
