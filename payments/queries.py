"""Reading payments and their lines: the same rows for pages, JSON and CSV."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery

from payments.models import PaymentIntent, Tally, Transaction
from payouts.bank_days import PLATFORM_ZONE
from payouts.models import Earning, PayoutItem
from people.models import User


@dataclass(frozen=True)
class LineFilter:
    """What to keep of a person's lines. Values of one field are alternatives; the dates are inclusive."""

    type: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    currency: tuple[str, ...] = ()
    role: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    text: str = ""


@dataclass(frozen=True)
class Sums:
    """A person's totals in one currency, in the smallest unit."""

    currency: str
    received_minor: int = 0
    pending_minor: int = 0
    sales_minor: int = 0
    commission_paid_minor: int = 0
    purchases_minor: int = 0


def payments_of(person: User) -> QuerySet[PaymentIntent]:
    """The payments a person may see: own purchases and own sales; an operator sees all. Newest first."""
    rows = PaymentIntent.objects.select_related("auction", "bid", "buyer", "seller").order_by("-number")
    return rows if person.is_operator else rows.filter(_own(person))


def own_payments_of(person: User) -> QuerySet[PaymentIntent]:
    """A person's own purchases and own sales, newest first; an operator has none."""
    return payments_of(person).filter(_own(person))


def _own(person: User) -> Q:
    return Q(buyer=person) | Q(seller=person)


def lines_of(person: User, chosen: LineFilter | None = None) -> QuerySet[Transaction]:
    """A person's lines, newest first, each with the payout it is in as `payout_id`."""
    return _filtered(_lines().filter(owner=person), chosen or LineFilter())


def all_lines(chosen: LineFilter | None = None) -> QuerySet[Transaction]:
    """Everybody's lines, for operators."""
    return _filtered(_lines(), chosen or LineFilter())


def payout_lines_of(earning_ids: Iterable[UUID]) -> dict[str, str]:
    """The payout line of each earning, id by id."""
    lines = Transaction.objects.filter(earning__in=list(earning_ids))
    return {str(earning): str(pk) for pk, earning in lines.values_list("pk", "earning")}


def status_of(line: Transaction) -> str:
    """pending, completed or canceled; a payout line reads it from its earning."""
    return line.earning.status if line.earning else Earning.Status.COMPLETED


def sums_of(person: User) -> list[Sums]:
    """A person's totals, one for each currency, in alphabetical order. Never added across currencies."""
    return [
        Sums(
            currency=tally.currency,
            received_minor=tally.payouts_completed_minor,
            pending_minor=tally.payouts_pending_minor,
            sales_minor=tally.sales_minor,
            commission_paid_minor=tally.commission_paid_minor,
            purchases_minor=tally.purchases_minor,
        )
        for tally in Tally.objects.filter(person=person).order_by("currency")
    ]


def newest_currency_of(person: User) -> str:
    """The currency of a person's newest line; SEK before the first."""
    newest = Transaction.objects.filter(owner=person).order_by("-number").values_list("currency", flat=True)
    return newest.first() or "SEK"


def _lines() -> QuerySet[Transaction]:
    live = PayoutItem.objects.filter(earning=OuterRef("earning"), part=PayoutItem.Part.SALE)
    live = live.exclude(state=PayoutItem.State.DROPPED)
    rows = Transaction.objects.select_related(
        "earning", "payment_intent__auction", "payment_intent__buyer", "payment_intent__seller"
    )
    return rows.annotate(payout_id=Subquery(live.values("schedule_id")[:1])).order_by("-number")


def _filtered(rows: QuerySet[Transaction], chosen: LineFilter) -> QuerySet[Transaction]:
    for name in ("type", "currency", "role"):
        if values := getattr(chosen, name):
            rows = rows.filter(**{f"{name}__in": values})
    if chosen.status:
        without_earning = Q(earning=None) if Earning.Status.COMPLETED in chosen.status else Q(pk__in=[])
        rows = rows.filter(Q(earning__status__in=chosen.status) | without_earning)
    if chosen.since:
        rows = rows.filter(created_at__gte=_midnight(chosen.since))
    if chosen.until:
        rows = rows.filter(created_at__lt=_midnight(chosen.until + timedelta(days=1)))
    if chosen.text:
        rows = rows.filter(payment_intent__auction__title__icontains=chosen.text)
    return rows


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=PLATFORM_ZONE)
