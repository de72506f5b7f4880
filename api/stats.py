"""The figures of the whole platform, for operators."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from django.db.models import Count, Min, QuerySet, Sum
from django.http import HttpRequest
from django.utils import timezone
from ninja import Router

from api.bearer import operators
from api.fields import answers
from api.shapes import StatsAnswer, StatsSums
from inbox.models import Message
from money.amounts import format_minor
from payments.models import PaymentIntent, Tally
from payouts.aging import old_money
from payouts.holding import open_breakers
from payouts.models import PayoutSchedule

router = Router(tags=["Operators"], auth=operators)
PERIOD = timedelta(days=30)


@dataclass(frozen=True)
class Counted:
    """What is counted by the values of a field: `open` ones whole, `ended` ones that began in the period.

    Each group of values has a partial index of its own, so that a count costs what is open and what is
    recent, and not what there ever was.
    """

    rows: QuerySet
    field: str
    began: str
    open: tuple[tuple[str, ...], ...]
    ended: tuple[str, ...]

    def count(self, *, since: datetime) -> dict[str, int]:
        """How many rows have each value, in one statement; 0 where none has."""
        arms = [self.rows.filter(**{f"{self.field}__in": group}) for group in self.open]
        arms.append(self.rows.filter(**{f"{self.field}__in": self.ended, f"{self.began}__gte": since}))
        counts = [arm.order_by().values_list(self.field).annotate(Count("pk")) for arm in arms]
        values = [*chain.from_iterable(self.open), *self.ended]
        return dict.fromkeys(values, 0) | dict(counts[0].union(*counts[1:], all=True))


PAYMENTS = Counted(
    rows=PaymentIntent.objects.all(),
    field="status",
    began="created_at",
    open=(("requires_payment_method", "requires_action", "processing"),),
    ended=("canceled", "succeeded"),
)
PAYOUTS = Counted(
    rows=PayoutSchedule.objects.all(),
    field="state",
    began="created_at",
    open=(("scheduled", "held", "sending", "transferred", "in_transit", "returned"),),
    ended=("paid", "canceled"),
)
EVENTS = Counted(
    rows=Message.objects.all(),
    field="state",
    began="received_at",
    open=(("received",), ("quarantined", "dead")),
    ended=("handled", "ignored"),
)


@router.get("", response=answers({200: StatsAnswer}, 401, 403))
def get_stats(request: HttpRequest) -> StatsAnswer:
    """All that is open, what has ended of the last 30 days, and the sums of each currency."""
    since = timezone.now() - PERIOD
    waiting = Message.objects.filter(state=Message.State.RECEIVED)
    oldest = waiting.aggregate(oldest=Min("received_at"))["oldest"]
    return StatsAnswer(
        since=since.isoformat(),
        payment_intents=PAYMENTS.count(since=since),
        payouts=PAYOUTS.count(since=since),
        events=EVENTS.count(since=since),
        oldest_waiting_event_at=oldest.isoformat() if oldest else None,
        payouts_stopped_by=list(open_breakers().values_list("cause", flat=True)),
        nearing_90_days=old_money(on=timezone.localdate()).count(),
        by_currency=[_present(row) for row in _sums()],
    )


def _sums() -> QuerySet:
    return (
        Tally.objects.values("currency")
        .annotate(
            sales=Sum("sales_minor"),
            commission=Sum("commission_paid_minor"),
            pending=Sum("payouts_pending_minor"),
            completed=Sum("payouts_completed_minor"),
        )
        .order_by("currency")
    )


def _present(row: dict) -> StatsSums:
    currency = row["currency"]
    return StatsSums(
        currency=currency,
        total_sales=format_minor(int(row["sales"]), currency),
        commission=format_minor(int(row["commission"]), currency),
        pending_payouts=format_minor(int(row["pending"]), currency),
        completed_payouts=format_minor(int(row["completed"]), currency),
    )
