"""One payout: what it adds up to, line by line, why it leaves on its day, and what it waits for."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from dashboards.access import reader_of, signed_in
from dashboards.paging import row_page
from dashboards.payout_day import free_on, why_this_day
from dashboards.payout_equation import Equation, as_it_would_leave, equation_of, with_sums
from dashboards.payout_story import expected_on, story_of
from dashboards.waiting import BEFORE_IT_LEAVES, Wait, wait_of
from dashboards.wording import flag_words, payout_word
from payouts.models import Hold, PayoutItem, PayoutSchedule
from payouts.policies import Terms, terms_of
from payouts.queries import items_of, schedules_for, with_stories
from payouts.situations import Situation, flags_of, read_situations

State = PayoutSchedule.State

# Lines leave these while the sum stands, or is counted anew only when all are definite.
STILL_COUNTED = (State.SENDING, State.CANCELED)
# A term of the equation leads to the lines that make it up.
TERMS: dict[str, Q] = {
    "kept": Q(part=PayoutItem.Part.SALE, gross_minor__lt=F("earning__amount_minor")),
    "given": Q(part=PayoutItem.Part.RESERVE_RELEASE),
    "refunded": Q(refunded_minor__gt=0),
    "contested": Q(contested_minor__gt=0),
    "netted": Q(netted_minor__gt=0),
}


@dataclass(frozen=True)
class Standing:
    """How the payout stands now: before it leaves, as the run would find it."""

    equation: Equation
    terms: Terms
    wait: Wait | None
    decisive: PayoutItem | None
    flags: list[str]
    is_held: bool
    expected: dict[int, PayoutItem]

    @property
    def country(self) -> str | None:
        return self.terms.country


@require_safe
@signed_in()
def payout_page(request: HttpRequest, payout_id: str) -> HttpResponse:
    reader = reader_of(request)
    schedule = get_object_or_404(with_sums(with_stories(schedules_for(reader))), pk=payout_id)
    stands = standing_of(schedule, at=timezone.now())
    adds_up = equation_of(schedule).holds_for(schedule)
    term = request.GET.get("term", "")
    page = row_page(lines_of(schedule, stands, term), request, key="id")
    context = {
        "payout": schedule,
        "word": payout_word(schedule),
        "equation": stands.equation,
        "adds_up": adds_up,
        "is_wrong": not adds_up and schedule.state not in STILL_COUNTED,
        "wait": stands.wait,
        "why": why_this_day(schedule, stands.decisive, stands.terms, waits=stands.wait is not None),
        "when": _when(schedule, stands),
        "steps": story_of(schedule, reader=reader, country=stands.country, waits=stands.wait is not None),
        "flags": [flag_words(flag) for flag in stands.flags] if reader.is_operator else [],
        "can_hold": schedule.state in BEFORE_IT_LEAVES and not stands.is_held,
        "can_release": stands.is_held,
        "can_take_back": schedule.state in (State.TRANSFERRED, State.RETURNED),
        "is_sellers": reader.pk == schedule.seller_id,
        "term": term if term in TERMS else "",
        "lines": [as_expected(line, stands) for line in page.rows],
        "page": page,
    }
    return render(request, "dashboards/payout.html", context)


def standing_of(schedule: PayoutSchedule, *, at: datetime) -> Standing:
    """Of a schedule that comes from `with_sums` and `with_stories`."""
    stored = equation_of(schedule)
    if schedule.state not in BEFORE_IT_LEAVES:
        terms = terms_of({schedule.seller_id})[schedule.seller_id]
        decisive = _newest_line(schedule)
        then = decisive.earning.policy if decisive and decisive.earning.policy else terms.policy
        wait = wait_of(schedule, None, at=at)
        return Standing(stored, Terms(then, terms.country), wait, decisive, [], is_held=False, expected={})
    (situation,) = read_situations([schedule])
    return Standing(
        equation=as_it_would_leave(stored, situation),
        terms=situation.terms,
        wait=wait_of(schedule, situation, at=at),
        decisive=_deciding_line(situation),
        flags=flags_of(situation, at=at),
        is_held=any(h.kind == Hold.Kind.OPERATOR and h.schedule_id for h in situation.holds),
        expected={item.pk: item for item in situation.items},
    )


def _deciding_line(situation: Situation) -> PayoutItem | None:
    policy = situation.terms.policy
    return max(situation.items, key=lambda item: free_on(item, policy), default=None)


def _newest_line(schedule: PayoutSchedule) -> PayoutItem | None:
    newest = items_of(schedule).select_related("earning__policy")
    return newest.order_by("-earning__paid_on", "-pk").first()


def lines_of(schedule: PayoutSchedule, stands: Standing, term: str = "") -> QuerySet[PayoutItem]:
    """Its live lines, or those of one term of its equation, each with its payment."""
    lines = items_of(schedule).select_related(
        "earning__line__payment_intent__auction", "earning__line__payment_intent__buyer"
    )
    if term == "netted" and stands.expected:
        return lines.filter(pk__in=[pk for pk, item in stands.expected.items() if item.netted_minor])
    return lines.filter(TERMS[term]) if term in TERMS else lines


def as_expected(line: PayoutItem, stands: Standing) -> PayoutItem:
    """The line as it would leave now: what a debt will take is taken off already."""
    expected = stands.expected.get(line.pk)
    if expected:
        line.netted_minor, line.net_minor = expected.netted_minor, expected.net_minor
    return line


def _when(schedule: PayoutSchedule, stands: Standing) -> dict[str, date]:
    """The days a reader asks for first; none is promised while the payout waits for a person."""
    if schedule.paid_at is not None:
        return {"paid_at": schedule.paid_at}
    if schedule.state == State.CANCELED:
        return {}
    expected: dict[str, date] = {"expected_on": expected_on(schedule, stands.country)}
    if schedule.state in BEFORE_IT_LEAVES:
        leaves = {"planned_on": schedule.scheduled_date}
        return leaves if stands.wait else {"leaves_on": schedule.scheduled_date} | expected
    if schedule.state == State.RETURNED:
        return {"again_on": schedule.retry_on} | expected if schedule.retry_on else {}
    return {} if stands.wait and stands.wait.code == "reversing" else expected
