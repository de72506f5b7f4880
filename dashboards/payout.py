"""One payout: what it adds up to, what is in it, and why it leaves on its day."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F, Max, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from dashboards.access import reader_of, signed_in
from dashboards.paging import row_page
from dashboards.reasons import written_reason
from dashboards.wording import payout_word
from payouts.bank_days import DEFAULT_DELAY_DAYS
from payouts.models import PayoutSchedule
from payouts.queries import items_of, schedules_for
from people.models import User

State = PayoutSchedule.State


@dataclass(frozen=True)
class Equation:
    """sales − commission − refunded − contested − netted = net, in the smallest unit."""

    count: int
    sales_minor: int
    commission_minor: int
    refunded_minor: int
    contested_minor: int
    netted_minor: int
    net_minor: int
    newest_paid_on: date | None

    def holds_for(self, schedule: PayoutSchedule) -> bool:
        """Whether the lines add up to the payout itself."""
        left = self.sales_minor - self.commission_minor
        left -= self.refunded_minor + self.contested_minor + self.netted_minor
        return left == self.net_minor == schedule.total_minor


@require_safe
@signed_in()
def payout_page(request: HttpRequest, payout_id: str) -> HttpResponse:
    reader = reader_of(request)
    schedule = get_object_or_404(schedules_for(reader), pk=payout_id)
    lines = items_of(schedule).select_related(
        "earning__line__payment_intent__auction", "earning__line__payment_intent__buyer"
    )
    page = row_page(lines, request, key="id")
    equation = _equation(schedule)
    context = {
        "payout": schedule,
        "word": payout_word(schedule),
        "equation": equation,
        "adds_up": equation.holds_for(schedule),
        "delay_days": DEFAULT_DELAY_DAYS,
        "earliest_on": _earliest_on(equation),
        "reason": _reason(schedule, reader),
        "is_returned": schedule.state == State.RETURNED,
        "is_for_reader": _is_for(reader, schedule),
        "is_canceled": schedule.state == State.CANCELED,
        "is_dated": schedule.state == State.SCHEDULED and not schedule.reason,
        "is_waiting": schedule.state in (State.SCHEDULED, State.HELD),
        "is_ended": schedule.state in (State.PAID, State.RETURNED, State.CANCELED),
        "lines": page.rows,
        "page": page,
    }
    return render(request, "dashboards/payout.html", context)


def _reason(schedule: PayoutSchedule, reader: User) -> str:
    """Why it is where it is. A seller is told only what was written for them."""
    if schedule.reason and (written := written_reason(schedule.reason)):
        return written
    if schedule.state == State.HELD:
        return gettext("Being reviewed.")
    return schedule.reason if reader.is_operator else ""


def _is_for(reader: User, schedule: PayoutSchedule) -> bool:
    """Whether what stands in the way is the reader's own to mend."""
    return reader.pk == schedule.seller_id and schedule.state in (State.RETURNED, State.SCHEDULED)


def _equation(schedule: PayoutSchedule) -> Equation:
    """Added up by the database, however many lines there are."""
    total = F("earning__line__payment_intent__total_minor")
    sums = (
        items_of(schedule)
        .order_by()
        .aggregate(
            sales_minor=Sum(total),
            commission_minor=Sum(total - F("gross_minor")),
            refunded_minor=Sum("refunded_minor"),
            contested_minor=Sum("contested_minor"),
            netted_minor=Sum("netted_minor"),
            net_minor=Sum("net_minor"),
            newest_paid_on=Max("earning__paid_on"),
        )
    )
    newest_paid_on = sums.pop("newest_paid_on")
    amounts = {name: int(amount or 0) for name, amount in sums.items()}
    return Equation(count=schedule.item_count, newest_paid_on=newest_paid_on, **amounts)


def _earliest_on(equation: Equation) -> date | None:
    """The day the newest sale in it is old enough, banks or not."""
    if equation.newest_paid_on is None:
        return None
    return equation.newest_paid_on + timedelta(days=DEFAULT_DELAY_DAYS)
