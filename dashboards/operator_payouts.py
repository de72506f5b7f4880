"""The operator's payouts: what waits for a person, what is due, and what may be done with one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext
from django.views.decorators.http import require_http_methods, require_safe

from dashboards.access import operators, reader_of, signed_in
from dashboards.asking import Question, ask_first
from dashboards.paging import row_page
from dashboards.payout_story import UNDER_WAY
from dashboards.saying import said_amount, said_day, today
from dashboards.seller_payouts import Card, PayoutRow, payout_row, situations_of
from dashboards.wording import flag_words
from payouts.aging import old_money
from payouts.holding import hold_schedule, open_breaker, release_breaker, release_schedule
from payouts.models import Breaker, Hold, PayoutSchedule
from payouts.queries import schedules_for
from payouts.reversing import reverse_schedule
from payouts.situations import Situation, flags_of
from people.models import User

State, Kind = PayoutSchedule.State, Hold.Kind

FOR_APPROVAL, BY_OPERATOR = Q(for_approval=True), Q(by_operator=True)
GROUP_WORDS: dict[str, Callable[[], str]] = {
    "approval": lambda: pgettext("payouts", "Waiting for approval"),
    "held": lambda: pgettext("payouts", "On hold"),
    "returned": lambda: pgettext("payouts", "Came back"),
    "due": lambda: pgettext("payouts", "Due today"),
    "on_the_way": lambda: pgettext("payouts", "On the way"),
    "all": lambda: pgettext("payouts", "All"),
}
MOST_OLD = 10
IN_FIGURES = ("approval", "held", "returned", "due")


@dataclass(frozen=True)
class WatchedRow:
    """A payout in the operator's list: why it waits, why it needs a person, what can be done."""

    row: PayoutRow
    flags: list[str]
    is_held: bool

    @property
    def can_hold(self) -> bool:
        return self.row.payout.state in (State.SCHEDULED, State.HELD) and not self.is_held


@require_safe
@signed_in(operators)
def payouts(request: HttpRequest) -> HttpResponse:
    """What needs somebody first; `?state=` chooses others."""
    rows = _with_holds(schedules_for(reader_of(request)))
    chosen = request.GET.get("state", "")
    page = row_page(_group(rows, chosen), request)
    situations = situations_of(page.rows)
    first = next(iter(situations.values()), None)
    context = {
        "breaker": first.breaker if first else open_breaker(),
        "is_off": not settings.STRIPE_CONNECT_WEBHOOK_SECRETS,
        "cards": _cards(rows),
        "old": list(old_money(on=today()).select_related("seller")[:MOST_OLD]),
        "states": [("", gettext("Needs you or is due")), *((n, word()) for n, word in GROUP_WORDS.items())],
        "chosen": chosen if chosen in GROUP_WORDS else "",
        "payouts": [_watched(row, situations.get(row.pk)) for row in page.rows],
        "page": page,
    }
    return render(request, "dashboards/operator_payouts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(operators)
def hold(request: HttpRequest, payout_id: str) -> HttpResponse:
    schedule, by = _asked_of(request, payout_id)
    question = Question(
        title=gettext("Hold %s?") % schedule,
        told=[_facts(schedule), gettext("It does not leave, and takes no more sales, until it is released.")],
        button=gettext("Hold"),
        back=reverse("payout", args=[schedule.pk]),
        reason_label=gettext("Reason"),
        reason_hint=gettext("The seller reads it as you write it."),
    )
    placed = Hold.objects.filter(schedule=schedule, kind=Kind.OPERATOR, released_at=None, placed_by=by)
    return ask_first(
        request,
        question,
        lambda reason: hold_schedule(schedule, reason=reason, by=by, at=timezone.now()),
        is_done=lambda reason: placed.filter(reason=reason).exists(),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(operators)
def release(request: HttpRequest, payout_id: str) -> HttpResponse:
    schedule, by = _asked_of(request, payout_id)
    question = Question(
        title=gettext("Release %s?") % schedule,
        told=[
            _facts(schedule),
            gettext("It leaves in the next run, unless something else keeps it."),
        ],
        button=gettext("Release"),
        back=reverse("payout", args=[schedule.pk]),
        reason_label=gettext("Reason"),
        reason_hint=gettext("The seller reads it as you write it."),
    )
    released = Hold.objects.filter(schedule=schedule, kind=Kind.OPERATOR, released_by=by)
    return ask_first(
        request,
        question,
        lambda reason: release_schedule(schedule, reason=reason, by=by, at=timezone.now()),
        is_done=lambda reason: released.filter(release_reason=reason).exists(),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(operators)
def take_back(request: HttpRequest, payout_id: str) -> HttpResponse:
    schedule, by = _asked_of(request, payout_id)
    question = Question(
        title=gettext("Take the money of %s back?") % schedule,
        told=[
            _facts(schedule),
            gettext("Its transfers are reversed at Stripe for good, and its sales get a new day."),
        ],
        button=gettext("Take the money back"),
        back=reverse("payout", args=[schedule.pk]),
        reason_label=gettext("Reason"),
        reason_hint=gettext("The seller reads it as you write it."),
    )
    return ask_first(
        request,
        question,
        lambda reason: reverse_schedule(schedule, reason=reason, by=by, at=timezone.now()),
        is_done=lambda reason: PayoutSchedule.objects.filter(pk=schedule.pk, state=State.CANCELED).exists(),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(operators)
def let_flow(request: HttpRequest, breaker_id: int) -> HttpResponse:
    """Release the breaker, by name."""
    breaker, by = get_object_or_404(Breaker.objects, pk=breaker_id), reader_of(request)
    question = Question(
        title=gettext("Let payouts flow again?"),
        told=[breaker.reason, gettext("Your name and your reason are kept.")],
        button=gettext("Release"),
        back=reverse("operator-payouts"),
        reason_label=gettext("What you found, and why it is safe"),
    )
    return ask_first(
        request,
        question,
        lambda reason: release_breaker(breaker, reason=reason, by=by, at=timezone.now()),
        is_done=lambda reason: True,
    )


def _asked_of(request: HttpRequest, payout_id: str) -> tuple[PayoutSchedule, User]:
    reader = reader_of(request)
    return get_object_or_404(schedules_for(reader), pk=payout_id), reader


def _facts(schedule: PayoutSchedule) -> str:
    named = {
        "seller": schedule.seller.shown_company,
        "amount": said_amount(schedule.total_minor, schedule.currency),
        "day": said_day(schedule.scheduled_date),
    }
    return gettext("%(amount)s to %(seller)s, planned for %(day)s.") % named


def _with_holds(rows: QuerySet[PayoutSchedule]) -> QuerySet[PayoutSchedule]:
    standing = Hold.objects.filter(schedule=OuterRef("pk"), released_at=None)
    return rows.annotate(
        for_approval=Exists(standing.filter(kind=Kind.APPROVAL)),
        by_operator=Exists(standing.filter(kind=Kind.OPERATOR)),
    )


def _groups() -> dict[str, Q]:
    held = Q(state=State.HELD)
    return {
        "approval": held & FOR_APPROVAL,
        "held": held & BY_OPERATOR,
        "returned": Q(state=State.RETURNED),
        "due": Q(state=State.SCHEDULED, scheduled_date__lte=today()),
        "on_the_way": Q(state__in=UNDER_WAY),
    }


def _group(rows: QuerySet[PayoutSchedule], chosen: str) -> QuerySet[PayoutSchedule]:
    groups = _groups()
    if chosen == "all":
        return rows
    if chosen in groups:
        return rows.filter(groups[chosen])
    return rows.filter(groups["approval"] | groups["held"] | groups["returned"] | groups["due"])


def _cards(rows: QuerySet[PayoutSchedule]) -> list[Card]:
    """How many and how much of each group, by currency; one statement."""
    groups = {name: group for name, group in _groups().items() if name in IN_FIGURES}
    open_ones = rows.filter(state__in=[State.SCHEDULED, State.HELD, State.RETURNED])
    figures: dict[str, Count | Sum] = {}
    for name, group in groups.items():
        figures[f"{name}_count"] = Count("pk", filter=group)
        figures[f"{name}_minor"] = Sum("total_minor", filter=group)
    by_currency = open_ones.select_related(None).order_by("currency").values("currency")
    found: list[dict[str, Any]] = list(by_currency.annotate(**figures))  # type: ignore[arg-type]
    return [
        Card(
            name=name,
            text=GROUP_WORDS[name](),
            sums=[(row[f"{name}_minor"], row["currency"]) for row in found if row[f"{name}_minor"]],
            count=sum(row[f"{name}_count"] for row in found),
        )
        for name in groups
    ]


def _watched(schedule: PayoutSchedule, situation: Situation | None) -> WatchedRow:
    at = timezone.now()
    return WatchedRow(
        row=payout_row(schedule, situation, situation.terms.country if situation else None),
        flags=[flag_words(flag) for flag in flags_of(situation, at=at)] if situation else [],
        is_held=schedule.by_operator,  # type: ignore[attr-defined]
    )
