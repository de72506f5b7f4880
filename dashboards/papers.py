"""What people keep: the buyer's receipt and the seller's statement of a payout, as tagged PDF.

`paper.typ` is the sheet; what stands on it goes there as data.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext, pgettext
from django.views.decorators.http import require_safe

from dashboards.access import reader_of, signed_in
from dashboards.payout import as_expected, lines_of, standing_of
from dashboards.payout_equation import Equation, with_sums
from dashboards.templatetags.klubba import language, money, rate
from dashboards.wording import payout_word
from money.writing import MINUS
from payments.models import PaymentIntent
from payments.queries import payments_of
from payouts.bank_days import PLATFORM_ZONE
from payouts.models import PayoutItem, PayoutSchedule
from payouts.queries import schedules_for, with_stories
from people.budgets import BudgetSpent, spend

MOST_LINES = 2_000
TYPESETTING = Path(__file__).with_name("typesetting.py")
LONGEST_SECONDS, PATIENCE_SECONDS, PAPERS_A_MINUTE = 20, 5, 20
one_at_a_time = threading.Lock()
Pair = tuple[str, str]


class PaperWaits(Exception):
    """The one before it is not set yet."""


@dataclass(frozen=True)
class Line:
    """A row of the table: what it is about, with notes beneath, and its other cells."""

    item: str
    notes: list[str]
    cells: list[str]


@dataclass(frozen=True)
class Paper:
    """What stands on one document, in its reader's language."""

    title: str
    facts: list[Pair]
    lines_title: str
    heads: list[str]
    lines: list[Line]
    more: str
    sums_title: str
    sums: list[Pair]
    total: Pair


@require_safe
@signed_in()
def receipt(request: HttpRequest, payment_id: str) -> HttpResponse:
    """For who paid, and for operators, who are asked for it."""
    reader = reader_of(request)
    rows = payments_of(reader).filter(outcome=PaymentIntent.Outcome.SALE)
    if not reader.is_operator:
        rows = rows.filter(buyer=reader)
    payment = get_object_or_404(rows, pk=payment_id)
    return _answer(request, lambda: _receipt(payment), name=f"receipt-{payment}", at=timezone.now())


@require_safe
@signed_in()
def statement(request: HttpRequest, payout_id: str) -> HttpResponse:
    """Every line of a payout, and what they add up to, as it stands now."""
    at = timezone.now()
    schedules = with_sums(with_stories(schedules_for(reader_of(request))))
    schedule = get_object_or_404(schedules, pk=payout_id)
    return _answer(request, lambda: _statement(schedule, at=at), name=f"statement-{schedule}", at=at)


def _receipt(payment: PaymentIntent) -> Paper:
    total = money(payment.total_minor, payment.currency)
    assert payment.charged_at is not None
    commission = gettext("Of which commission, %(rate)s") % {"rate": rate(payment.rate_bp)}
    return Paper(
        title=gettext("Receipt %s") % payment,
        facts=[
            (gettext("Paid"), _moment(payment.charged_at)),
            (gettext("Buyer"), payment.buyer.shown_company),
            (gettext("Seller"), payment.seller.shown_company),
        ],
        lines_title=gettext("What was paid for"),
        heads=[gettext("Item"), gettext("Amount")],
        lines=[Line(payment.auction.title, [], [total])],
        more="",
        sums_title=gettext("The money"),
        sums=[(commission, money(payment.commission_minor, payment.currency))],
        total=(gettext("Paid"), total),
    )


def _statement(schedule: PayoutSchedule, *, at: datetime) -> Paper:
    stands = standing_of(schedule, at=at)
    facts = [
        (gettext("Seller"), schedule.seller.shown_company),
        (gettext("Status"), payout_word(schedule).text),
        (gettext("Planned day"), schedule.scheduled_date.isoformat()),
    ]
    if schedule.paid_at:
        facts.append((pgettext("payout", "Paid out"), _moment(schedule.paid_at)))
    return Paper(
        title=gettext("Payout %s") % schedule,
        facts=facts,
        lines_title=gettext("Sales in this payout"),
        heads=[
            gettext("Item"),
            gettext("Paid"),
            gettext("Sale"),
            gettext("Commission"),
            gettext("In this payout"),
        ],
        lines=[_line(as_expected(item, stands)) for item in lines_of(schedule, stands)[:MOST_LINES]],
        more=_more(schedule.item_count - MOST_LINES),
        sums_title=gettext("What it adds up to"),
        sums=list(_terms(stands.equation, schedule.currency)),
        total=(
            pgettext("sum", "Paid out") if schedule.paid_at else gettext("The seller gets"),
            money(stands.equation.net_minor, schedule.currency),
        ),
    )


def _more(lines: int) -> str:
    if lines <= 0:
        return ""
    words = ngettext(
        "%d more line is on the payout's page.", "%d more lines are on the payout's page.", lines
    )
    return words % lines


def _line(item: PayoutItem) -> Line:
    earning, currency = item.earning, item.earning.currency
    payment = earning.line.payment_intent
    is_sale = item.part == PayoutItem.Part.SALE
    notes = [f"{payment.buyer.shown_company} · {payment}"]
    if not is_sale:
        notes.append(gettext("Kept back before"))
    elif earning.kept_minor:
        kept = {"amount": money(earning.kept_minor, currency), "day": str(earning.kept_until)}
        notes.append(gettext("%(amount)s kept back until %(day)s") % kept)
    for amount_minor, words in (
        (item.refunded_minor, gettext("%(amount)s refunded")),
        (item.contested_minor, gettext("%(amount)s kept for a dispute")),
        (item.netted_minor, gettext("%(amount)s towards a debt")),
    ):
        if amount_minor:
            notes.append(words % {"amount": money(amount_minor, currency)})
    return Line(
        payment.auction.title,
        notes,
        [
            earning.paid_on.isoformat(),
            money(payment.total_minor, currency) if is_sale else "–",
            money(payment.commission_minor, currency) if is_sale else "–",
            money(item.net_minor, currency),
        ],
    )


def _terms(equation: Equation, currency: str) -> Iterable[Pair]:
    sales = ngettext("%(counter)s sale", "%(counter)s sales", equation.sales) % {"counter": equation.sales}
    yield sales, money(equation.sales_minor, currency)
    yield f"{MINUS} {gettext('Commission')}", money(equation.commission_minor, currency)
    for sign, words, amount_minor in (
        (MINUS, gettext("Kept back"), equation.kept_minor),
        ("+", gettext("Kept back before"), equation.given_minor),
        (MINUS, gettext("Refunds"), equation.refunded_minor),
        (MINUS, gettext("Kept for disputes"), equation.contested_minor),
        (MINUS, gettext("Earlier debts"), equation.netted_minor),
    ):
        if amount_minor:
            yield f"{sign} {words}", money(amount_minor, currency)


def _moment(at: datetime) -> str:
    return at.astimezone(PLATFORM_ZONE).strftime("%Y-%m-%d %H:%M")


def _answer(request: HttpRequest, write: Callable[[], Paper], *, name: str, at: datetime) -> HttpResponse:
    """The document, or a page that says to come back: setting one takes a processor and much memory."""
    try:
        spend({f"papers-of:{reader_of(request).pk}": PAPERS_A_MINUTE}, window=timedelta(minutes=1), at=at)
        pdf = _set(write(), at=at)
    except (BudgetSpent, PaperWaits, subprocess.SubprocessError):
        later = render(request, "dashboards/errors/later.html", status=503)
        later.headers["Retry-After"] = "60"
        return later
    shown = f'inline; filename="klubba-{name}.pdf"'
    return HttpResponse(pdf, content_type="application/pdf", headers={"Content-Disposition": shown})


def _set(paper: Paper, *, at: datetime) -> bytes:
    """As PDF, one at a time.

    Raises:
        PaperWaits: another takes too long.
        subprocess.SubprocessError: it failed, or took too long.
    """
    told = {
        **{name.replace("_", "-"): value for name, value in asdict(paper).items()},
        "lang": language(),
        "foot": gettext("%(title)s · written %(moment)s") % {"title": paper.title, "moment": _moment(at)},
        "notice": gettext("Sandbox - no real money") if settings.SANDBOX_WORLD else "",
    }
    if not one_at_a_time.acquire(timeout=PATIENCE_SECONDS):
        raise PaperWaits("Another is being set.")
    try:
        setting = subprocess.run(
            [sys.executable, "-P", str(TYPESETTING)],
            input=json.dumps(told).encode(),
            stdout=subprocess.PIPE,
            env={},
            timeout=LONGEST_SECONDS,
            check=True,
        )
    finally:
        one_at_a_time.release()
    return setting.stdout
