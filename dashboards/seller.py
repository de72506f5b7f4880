"""The seller's page: what is pending, when the next payout leaves, what each sale came to."""

from dataclasses import dataclass

from csp.decorators import csp_update
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from auctions.models import Bid
from dashboards.access import reader_of, sellers, signed_in
from dashboards.bank import onboarding_origin
from dashboards.charts import SPANS, bars_of, first_day, span_of
from dashboards.exporting import Columns, csv_file, moment, money, text
from dashboards.paging import heads_of, order_of, row_page
from dashboards.searching import Search, search_of
from dashboards.wording import Word, sale_word
from insights.selling import sales_by_day
from payments.models import PaymentIntent, Transaction
from payments.queries import LineFilter, lines_of, search_payments, sums_of
from payouts.bank_days import PLATFORM_ZONE
from payouts.holding import is_paused
from payouts.models import ConnectedAccount, PayoutSchedule
from payouts.queries import paid_this_year, schedules_for
from payouts.scheduling import schedules_of
from payouts.situations import obstacle_of_account
from people.models import User

MOST_URGENT = 25


@dataclass(frozen=True)
class SaleRow:
    """A sale in a list: its payout line, the payout it is in, the word for where its money is."""

    line: Transaction
    schedule: PayoutSchedule | None
    word: Word

    @property
    def payment(self) -> PaymentIntent:
        return self.line.payment_intent


@dataclass(frozen=True)
class Bank:
    """Where the money goes, or what keeps it from going; `last4` is all that may be known here."""

    reason: str
    last4: str
    is_sellers_turn: bool
    is_begun: bool


@require_safe
@csp_update({"form-action": [onboarding_origin()]})
@signed_in(sellers)
def sales(request: HttpRequest) -> HttpResponse:
    reader = reader_of(request)
    search = search_of(request)
    order = order_of(request, amount="amount_minor")
    page = row_page(_sales_of(reader, search), request, order=order)
    paid_minor = paid_this_year(reader, at=timezone.now())
    today, span = timezone.localdate(timezone=PLATFORM_ZONE), span_of(request.GET.get("days", ""))
    selling = sales_by_day(reader.pk, since=first_day(span, until=today))
    context = {
        "sums": [(sums, paid_minor.get(sums.currency, 0)) for sums in sums_of(reader) if sums.sales_minor],
        "bank": _bank(reader),
        "charts": bars_of(selling, until=today),
        "spans": SPANS,
        "span": span,
        "is_paused": is_paused(reader.pk),
        "next_payouts": _next_payouts(reader),
        "awaited": list(_awaited(reader)),
        "sales": _sale_rows(page.rows),
        "page": page,
        "search": search,
        "heads": heads_of(order, request, "date", "amount"),
    }
    return render(request, "dashboards/seller.html", context)


@require_safe
@signed_in(sellers)
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The sales as a file, as far as they are searched for."""
    sold = _sales_of(reader_of(request), search_of(request))
    return csv_file(sold, _sale_columns, name="sales", prepare=_sale_rows)


def _sales_of(seller: User, search: Search) -> QuerySet[Transaction]:
    return search_payments(
        lines_of(seller, LineFilter(type=("payout",))),
        search.wanted,
        day="payment_intent__charged_at",
        others=("buyer",),
        path="payment_intent__",
    )


def _sale_columns() -> Columns:
    def currency(row: SaleRow) -> str:
        return row.line.currency

    return {
        gettext("Payment"): lambda row: str(row.payment),
        gettext("Item"): lambda row: text(row.payment.auction.title),
        gettext("Buyer"): lambda row: text(row.payment.buyer.shown_company),
        gettext("Status"): lambda row: row.word.text,
        gettext("Paid"): lambda row: moment(row.payment.charged_at),
        gettext("Currency"): currency,
        **money(gettext("Sale"), lambda row: row.payment.total_minor, currency),
        **money(gettext("Commission"), lambda row: row.payment.commission_minor, currency),
        **money(gettext("You get"), lambda row: row.line.amount_minor, currency),
        gettext("Payout"): lambda row: str(row.schedule) if row.schedule else "",
        gettext("Payout on"): lambda row: row.schedule.scheduled_date.isoformat() if row.schedule else "",
    }


def _bank(seller: User) -> Bank:
    account = ConnectedAccount.objects.filter(seller=seller).first()
    obstacle = obstacle_of_account(account, at=timezone.now())
    is_ready = account is not None and account.transfers_active and account.payouts_enabled
    last4 = account.bank_last4 if account else ""
    return Bank(
        reason=gettext(obstacle.reason) if obstacle else "",
        last4=last4,
        is_sellers_turn=not is_ready,
        is_begun=account is not None and account.stripe_account_id is not None,
    )


def _next_payouts(seller: User) -> list[PayoutSchedule]:
    """The first payout to leave in each currency."""
    waiting = schedules_for(seller).filter(state=PayoutSchedule.State.SCHEDULED)
    return list(waiting.order_by("currency", "scheduled_date").distinct("currency"))


def _awaited(seller: User) -> QuerySet[Bid]:
    """Won and not paid yet: the buyers' turn."""
    won = Bid.objects.filter(auction__seller=seller, status=Bid.Status.WON)
    return won.select_related("auction", "buyer").order_by("pay_by", "pk")[:MOST_URGENT]


def _sale_rows(lines: list[Transaction]) -> list[SaleRow]:
    schedules = schedules_of([line.earning_id for line in lines if line.earning_id])
    rows = []
    for line in lines:
        schedule = schedules.get(line.earning_id) if line.earning_id else None
        rows.append(SaleRow(line=line, schedule=schedule, word=sale_word(line, schedule)))
    return rows
