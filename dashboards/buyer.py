"""The buyer's page: what to pay, what is under way, what was paid and at what commission."""

from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from auctions.models import Bid
from auctions.queries import bids_of
from dashboards.access import buyers, reader_of, signed_in
from dashboards.exporting import csv_file, payments_told_to
from dashboards.paging import heads_of, order_of, row_page
from dashboards.searching import Search, search_of
from dashboards.wording import Word, payment_word
from payments.declines import decline_sentence
from payments.models import PaymentIntent
from payments.queries import payments_of, search_payments, sums_of
from people.models import User

MOST_URGENT = 25


@dataclass(frozen=True)
class Purchase:
    """A won bid with its living payment, if it was begun."""

    bid: Bid
    payment: PaymentIntent | None
    word: Word | None
    decline: str = ""

    @property
    def is_under_way(self) -> bool:
        under_way = (PaymentIntent.Status.PROCESSING, PaymentIntent.Status.REQUIRES_ACTION)
        return self.payment is not None and self.payment.status in under_way

    @property
    def needs_approval(self) -> bool:
        return self.payment is not None and self.payment.status == PaymentIntent.Status.REQUIRES_ACTION


@dataclass(frozen=True)
class PaymentRow:
    """A payment in a list, with the word for how it stands."""

    payment: PaymentIntent
    word: Word


@require_safe
@signed_in(buyers)
def purchases(request: HttpRequest) -> HttpResponse:
    reader = reader_of(request)
    open_purchases = _open_purchases(reader)
    search = search_of(request)
    order = order_of(request, amount="total_minor")
    page = row_page(_history(reader, search), request, order=order)
    context = {
        "to_pay": [purchase for purchase in open_purchases if not purchase.is_under_way],
        "under_way": [purchase for purchase in open_purchases if purchase.is_under_way],
        "is_cut": len(open_purchases) == MOST_URGENT,
        "sums": [sums for sums in sums_of(reader) if sums.purchases_minor],
        "history": [PaymentRow(row, payment_word(row, reader=reader)) for row in page.rows],
        "page": page,
        "search": search,
        "heads": heads_of(order, request, "date", "amount"),
    }
    return render(request, "dashboards/buyer.html", context)


@require_safe
@signed_in(buyers)
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The history as a file, as far as it is searched for."""
    reader = reader_of(request)
    return csv_file(_history(reader, search_of(request)), payments_told_to(reader), name="purchases")


def _open_purchases(buyer: User) -> list[Purchase]:
    """Won bids that are not paid, the most urgent first."""
    living = PaymentIntent.objects.filter(status__in=PaymentIntent.OPEN).select_related("bid")
    won = bids_of(buyer, statuses=[Bid.Status.WON]).order_by("pay_by", "pk")
    won = won.prefetch_related(Prefetch("payments", living, to_attr="living_payments"))
    return [_purchase(bid, buyer) for bid in won[:MOST_URGENT]]


def _purchase(bid: Bid, buyer: User) -> Purchase:
    payment = next(iter(bid.living_payments), None)  # type: ignore[attr-defined]
    if payment is None:
        return Purchase(bid=bid, payment=None, word=None)
    declined = payment.status == PaymentIntent.Status.REQUIRES_PAYMENT_METHOD and payment.last_error
    decline = decline_sentence(payment.last_error) if declined else ""
    return Purchase(bid=bid, payment=payment, word=payment_word(payment, reader=buyer), decline=decline)


def _history(buyer: User, search: Search) -> QuerySet[PaymentIntent]:
    ended = payments_of(buyer).filter(buyer=buyer).exclude(status__in=PaymentIntent.OPEN)
    ended = ended.alias(listed_at=Coalesce("charged_at", "created_at"))
    return search_payments(ended, search.wanted, day="listed_at", others=("seller",))
