"""The operator's pages: every payment, and every message that waits or was stopped."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from dashboards.access import operators, reader_of, signed_in
from dashboards.buyer import PaymentRow
from dashboards.charts import SPANS, decline_words, first_day, shares_of, stages_of
from dashboards.exporting import csv_file, payments_told_to
from dashboards.health import vitals
from dashboards.needs import needs_of_operators
from dashboards.paging import heads_of, order_of, row_page
from dashboards.searching import Search, search_of
from dashboards.wording import Word, message_word, payment_case_words, payment_word
from inbox.models import Message
from insights.funnel import funnel_of_wins
from insights.succeeding import tries_by_day
from payments.models import PaymentIntent
from payments.queries import payments_of, search_payments
from payments.replaying import replay
from payouts.bank_days import PLATFORM_ZONE
from people.models import User
from treasury.missed_events import silence_since

WAITING = Message.State.RECEIVED


@dataclass(frozen=True)
class MessageRow:
    """A message in a list; one that was stopped can be replayed."""

    message: Message
    word: Word

    @property
    def is_stopped(self) -> bool:
        return self.message.state in Message.STOPPED


@require_safe
@signed_in(operators)
def payments(request: HttpRequest) -> HttpResponse:
    """All payments, newest first; `?state=` keeps one of Stripe's statuses, and what is searched for."""
    reader, search = reader_of(request), search_of(request)
    order = order_of(request)
    page = row_page(_chosen_payments(reader, search), request, order=order)
    at = timezone.now()
    needs, funnel = needs_of_operators(at=at), funnel_of_wins()
    today = timezone.localdate(timezone=PLATFORM_ZONE)
    since = first_day(SPANS[0], until=today)
    context = {
        "needs": needs,
        "alarms": any(need.is_alarm for need in needs),
        "vitals": vitals(at=at),
        "shares": shares_of(tries_by_day(since=since), until=today),
        "stages": stages_of(funnel),
        "declines": decline_words(funnel),
        "states": payment_case_words(),
        "chosen": _chosen_state(search),
        "search": search,
        "heads": heads_of(order, request, "date"),
        "payments": [PaymentRow(row, payment_word(row, reader=reader)) for row in page.rows],
        "page": page,
    }
    return render(request, "dashboards/operator.html", context)


@require_safe
@signed_in(operators)
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The payments of the page's filter as a file."""
    reader = reader_of(request)
    rows = _chosen_payments(reader, search_of(request))
    return csv_file(rows, payments_told_to(reader), name="payments")


def _chosen_payments(reader: User, search: Search) -> QuerySet[PaymentIntent]:
    rows, chosen = payments_of(reader), _chosen_state(search)
    rows = search_payments(rows, search.wanted, day="created_at", others=("buyer", "seller"))
    return rows.filter(status=chosen) if chosen else rows


def _chosen_state(search: Search) -> str:
    """One of Stripe's statuses, or empty for all."""
    chosen = search.typed.get("state", "")
    return chosen if chosen in PaymentIntent.Status else ""


@require_safe
@signed_in(operators)
def messages(request: HttpRequest) -> HttpResponse:
    """What needs somebody first: stopped and waiting messages; `?state=` chooses others."""
    chosen = request.GET.get("state", "")
    page = row_page(_chosen_messages(chosen), request, key="id")
    context = {
        "states": _message_filters(),
        "silence": silence_since(timezone.now()),
        "chosen": chosen,
        "messages": [MessageRow(message, message_word(message)) for message in page.rows],
        "page": page,
    }
    return render(request, "dashboards/messages.html", context)


@require_POST
@signed_in(operators)
def replay_stopped(request: HttpRequest, message_id: int) -> HttpResponse:
    """Let a stopped message wait again; the diary says who did it."""
    message = get_object_or_404(Message.objects, pk=message_id)
    if message.state in Message.STOPPED:
        replay(message, by=reader_of(request), reason="", at=timezone.now())
    return redirect(reverse("operator-webhooks"))


def _chosen_messages(chosen: str) -> QuerySet[Message]:
    """Without the bodies: a list does not show them."""
    rows = Message.objects.defer("body")
    if chosen == "stopped":
        return rows.filter(state__in=Message.STOPPED)
    if chosen == "waiting":
        return rows.filter(state=WAITING)
    if chosen == "all":
        return rows
    return rows.filter(Q(state__in=Message.STOPPED) | Q(state=WAITING))


def _message_filters() -> list[tuple[str, str]]:
    return [
        ("", gettext("Needs you or waits")),
        ("stopped", gettext("Needs a person")),
        ("waiting", gettext("Waits")),
        ("all", gettext("All")),
    ]
