"""Reading payments and their lines: the same rows for pages, JSON and CSV."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from uuid import UUID

from django.db.models import Model, OuterRef, Q, QuerySet, Subquery

from payments.models import PaymentIntent, Tally, Transaction
from payouts.bank_days import PLATFORM_ZONE
from payouts.models import Earning, PayoutItem
from people.models import User

PAYMENT_NUMBER = re.compile(r"(?:PAY-)?([0-9]{1,18})", re.ASCII | re.IGNORECASE)
T = TypeVar("T", bound=Model)


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
class Wanted:
    """What a list of payments is searched for: all of it that is said. The days are inclusive.

    `text` is a part of the item's title or of the other party's name, or a payment's number, as it is shown.
    """

    text: str = ""
    since: date | None = None
    until: date | None = None


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


def search_payments(
    rows: QuerySet[T], wanted: Wanted, *, day: str, others: tuple[str, ...], path: str = ""
) -> QuerySet[T]:
    """Those of the rows that are wanted. `day` is the time a row is listed by, `others` whose names count.

    `path` leads from a row to its payment.
    """
    if wanted.text:
        found = Q(**{f"{path}auction__title__icontains": wanted.text})
        for other in others:
            named, nameless = f"{path}{other}__company", Q(**{f"{path}{other}__company": ""})
            found |= Q(**{f"{named}__icontains": wanted.text})
            found |= nameless & Q(**{f"{path}{other}__name__icontains": wanted.text})
        if number := PAYMENT_NUMBER.fullmatch(wanted.text):
            found |= Q(**{f"{path}number": int(number[1])})
        rows = rows.filter(found)
    return _within(rows, day, wanted.since, wanted.until)


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


# Of six tables what a line shows: reading them whole costs more than all else of a page.
SHOWN_OF_A_LINE = (
    *("number", "type", "role", "currency", "amount_minor", "created_at", "owner_id"),
    "earning__status",
    *("payment_intent__number", "payment_intent__total_minor", "payment_intent__commission_minor"),
    *("payment_intent__currency", "payment_intent__charged_at"),
    "payment_intent__auction__title",
    *("payment_intent__buyer__name", "payment_intent__buyer__company"),
    *("payment_intent__seller__name", "payment_intent__seller__company"),
)


def _lines() -> QuerySet[Transaction]:
    live = PayoutItem.objects.filter(earning=OuterRef("earning"), part=PayoutItem.Part.SALE)
    live = live.exclude(state=PayoutItem.State.DROPPED)
    rows = Transaction.objects.select_related(
        "earning", "payment_intent__auction", "payment_intent__buyer", "payment_intent__seller"
    ).only(*SHOWN_OF_A_LINE)
    return rows.annotate(payout_id=Subquery(live.values("schedule_id")[:1])).order_by("-number")


def _filtered(rows: QuerySet[Transaction], chosen: LineFilter) -> QuerySet[Transaction]:
    for name in ("type", "currency", "role"):
        if values := getattr(chosen, name):
            rows = rows.filter(**{f"{name}__in": values})
    if chosen.status:
        without_earning = Q(earning=None) if Earning.Status.COMPLETED in chosen.status else Q(pk__in=[])
        rows = rows.filter(Q(earning__status__in=chosen.status) | without_earning)
    if chosen.text:
        rows = rows.filter(payment_intent__auction__title__icontains=chosen.text)
    return _within(rows, "created_at", chosen.since, chosen.until)


def _within(rows: QuerySet[T], time_of: str, since: date | None, until: date | None) -> QuerySet[T]:
    """Both days are inclusive; the last of all days bounds nothing."""
    if since:
        rows = rows.filter(**{f"{time_of}__gte": _midnight(since)})
    if until and until < date.max:
        rows = rows.filter(**{f"{time_of}__lt": _midnight(until + timedelta(days=1))})
    return rows


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=PLATFORM_ZONE)
