"""The seller's payouts: what leaves next, what is on its way, what waits and why, what is in the bank."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Min, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from dashboards.access import reader_of, sellers, signed_in
from dashboards.paging import row_page
from dashboards.payout_story import UNDER_WAY, expected_on
from dashboards.policy_words import policy_sentences
from dashboards.waiting import BEFORE_IT_LEAVES, Wait, wait_of
from dashboards.wording import Word, payout_word
from payouts.holding import is_paused
from payouts.models import Hold, PayoutSchedule
from payouts.policies import Terms, terms_of
from payouts.queries import schedules_for
from payouts.situations import Situation, read_situations
from people.models import User

State = PayoutSchedule.State

# What a seller may choose to see, by the names that stand in the address.
GROUPS: dict[str, tuple[str, ...]] = {
    "planned": (State.SCHEDULED,),
    "on_hold": (State.HELD,),
    "on_the_way": UNDER_WAY,
    "paid": (State.PAID,),
    "returned": (State.RETURNED,),
    "canceled": (State.CANCELED,),
}
GROUP_WORDS: dict[str, Callable[[], str]] = {
    "planned": lambda: pgettext("payouts", "Planned"),
    "on_hold": lambda: pgettext("payouts", "On hold"),
    "on_the_way": lambda: pgettext("payouts", "On the way"),
    "paid": lambda: pgettext("payouts", "Paid out"),
    "returned": lambda: pgettext("payouts", "Returned by the bank"),
    "canceled": lambda: pgettext("payouts", "Cancelled"),
}
ALWAYS_SHOWN = ("planned", "on_the_way", "paid")


@dataclass(frozen=True)
class PayoutRow:
    """A payout in a list, as it would leave if it has not left."""

    payout: PayoutSchedule
    word: Word
    amount_minor: int
    wait: Wait | None
    expected_on: date

    @property
    def is_dated(self) -> bool:
        return self.payout.state == State.SCHEDULED and self.wait is None

    @property
    def is_under_way(self) -> bool:
        return self.payout.state in UNDER_WAY


@dataclass
class Card:
    """A group of payouts in figures, one for each currency; they are never added."""

    name: str
    text: str
    sums: list[tuple[int, str]] = field(default_factory=list)
    count: int = 0
    first_on: date | None = None

    @property
    def needs_an_eye(self) -> bool:
        return self.name in ("on_hold", "returned")


@require_safe
@signed_in(sellers)
def payouts(request: HttpRequest) -> HttpResponse:
    """Own payouts, newest first; `?state=` keeps one group of them."""
    seller = reader_of(request)
    rows = schedules_for(seller)
    chosen = request.GET.get("state", "")
    page = row_page(rows.filter(state__in=GROUPS[chosen]) if chosen in GROUPS else rows, request)
    situations = situations_of(page.rows)
    terms, paused = _policy(seller, situations)
    context = {
        "cards": _cards(rows),
        "states": [(name, word()) for name, word in GROUP_WORDS.items()],
        "chosen": chosen if chosen in GROUPS else "",
        "payouts": [payout_row(row, situations.get(row.pk), terms.country) for row in page.rows],
        "page": page,
        "policy": policy_sentences(terms.policy),
        "is_paused": paused,
    }
    return render(request, "dashboards/seller_payouts.html", context)


def situations_of(schedules: list[PayoutSchedule]) -> dict[object, Situation]:
    """The situation of those that have not left; nothing is asked where all have."""
    waiting = [schedule for schedule in schedules if schedule.state in BEFORE_IT_LEAVES]
    return {s.schedule.pk: s for s in read_situations(waiting)} if waiting else {}


def payout_row(schedule: PayoutSchedule, situation: Situation | None, country: str | None) -> PayoutRow:
    return PayoutRow(
        payout=schedule,
        word=payout_word(schedule),
        amount_minor=situation.total_minor if situation else schedule.total_minor,
        wait=wait_of(schedule, situation, at=timezone.now()),
        expected_on=expected_on(schedule, country),
    )


def _policy(seller: User, situations: dict[object, Situation]) -> tuple[Terms, bool]:
    """The terms that hold and whether the seller paused; asked only where no situation tells."""
    for situation in situations.values():
        return situation.terms, any(hold.kind == Hold.Kind.PAUSE for hold in situation.holds)
    return terms_of({seller.pk})[seller.pk], is_paused(seller.pk)


def _cards(rows: QuerySet[PayoutSchedule]) -> list[Card]:
    by_state = rows.select_related(None).order_by("currency").values("state", "currency")
    sums = by_state.annotate(sum_minor=Sum("total_minor"), count=Count("pk"), first_on=Min("scheduled_date"))
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in sums:
        found[row["state"]].append(dict(row))
    cards = []
    for name, states in GROUPS.items():
        members = [row for state in states for row in found[state]]
        if name != "canceled" and (members or name in ALWAYS_SHOWN):
            cards.append(_card(name, members))
    return cards


def _card(name: str, members: list[dict[str, Any]]) -> Card:
    totals: dict[str, int] = defaultdict(int)
    for row in members:
        totals[row["currency"]] += int(row["sum_minor"])
    return Card(
        name=name,
        text=GROUP_WORDS[name](),
        sums=[(minor, currency) for currency, minor in sorted(totals.items())],
        count=sum(row["count"] for row in members),
        first_on=min((row["first_on"] for row in members), default=None),
    )
