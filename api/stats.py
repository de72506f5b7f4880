"""The figures of the whole platform, for operators."""

from django.db.models import Count, Min, QuerySet, Sum
from django.http import HttpRequest
from ninja import Router

from api.bearer import operators
from api.fields import answers
from api.shapes import StatsAnswer, StatsSums
from inbox.models import Message
from money.amounts import format_minor
from payments.models import PaymentIntent, Tally
from payouts.models import PayoutSchedule

router = Router(tags=["Operators"], auth=operators)


@router.get("", response=answers({200: StatsAnswer}, 401, 403))
def get_stats(request: HttpRequest) -> StatsAnswer:
    """How many of each there are, and the sums of each currency."""
    waiting = Message.objects.filter(state=Message.State.RECEIVED)
    oldest = waiting.aggregate(oldest=Min("received_at"))["oldest"]
    return StatsAnswer(
        payment_intents=_counts(PaymentIntent.objects.all(), "status", PaymentIntent.Status.values),
        payouts=_counts(PayoutSchedule.objects.all(), "state", PayoutSchedule.State.values),
        events=_counts(Message.objects.all(), "state", Message.State.values),
        oldest_waiting_event_at=oldest.isoformat() if oldest else None,
        by_currency=[_present(row) for row in _sums()],
    )


def _counts(rows: QuerySet, name: str, values: list[str]) -> dict[str, int]:
    """How many rows have each value; 0 where none has."""
    found = dict(rows.order_by().values_list(name).annotate(Count("pk")))
    return {value: found.get(value, 0) for value in values}


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
