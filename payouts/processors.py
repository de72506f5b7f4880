"""PayoutProcessor: the one door for money on its way to sellers."""

from collections.abc import Callable
from datetime import date, datetime, time
from uuid import UUID

from django.db.models import Q

from payouts.bank_days import PLATFORM_ZONE, RUN_CUT_OFF, is_bank_day
from payouts.banking import send_to_bank
from payouts.models import Earning, PayoutSchedule
from payouts.reserving import reserve
from payouts.scheduling import move_to_day_of_payment, schedule_earnings
from payouts.transferring import transfer_items

RUN_BEGINS = time(6, 0)
State = PayoutSchedule.State


class PayoutProcessor:
    """What puts earnings on dated schedules, and pays them on their day."""

    @staticmethod
    def create_payout_schedule(
        earnings: list[Earning] | None = None, *, at: datetime
    ) -> list[PayoutSchedule]:
        """Each earning on one dated schedule; without any, all that are on none. Twice adds nothing."""
        return schedule_earnings(earnings, at=at)

    @staticmethod
    def correct_day_of_payment(payment_id: UUID, *, paid_on: date, at: datetime) -> None:
        """Move a sale to the schedule of its true day of payment, unless it is on its way already."""
        move_to_day_of_payment(payment_id, paid_on=paid_on, at=at)

    @staticmethod
    def pay_due_schedules(*, at: datetime, limit: int = 100, go_on: Callable[[], bool] = lambda: True) -> int:
        """Bring up to `limit` schedules as far as they come today; answers how many moved.

        What is due is reserved between 06:00 and 14:00 of a bank day; what is on its way goes on at any
        hour. Two who do this at once make one transfer for each sale and one payout for each attempt.
        """
        moved = 0
        for schedule in _to_look_at(at, limit=limit):
            if go_on():
                moved += _advance(schedule, at=at)
        return moved


def _to_look_at(at: datetime, *, limit: int) -> list[PayoutSchedule]:
    """What is on its way, and what is due in a run that is open now; the oldest day first."""
    under_way = Q(state__in=[State.SENDING, State.TRANSFERRED])
    local = at.astimezone(PLATFORM_ZONE)
    run_is_open = RUN_BEGINS <= local.time() < RUN_CUT_OFF
    due = Q(state=State.SCHEDULED, scheduled_date__lte=local.date()) if run_is_open else Q(pk__in=[])
    found = PayoutSchedule.objects.filter(under_way | due).order_by("scheduled_date", "number")
    return [
        s
        for s in found[:limit]
        if s.state != State.SCHEDULED or is_bank_day(local.date(), currency=s.currency)
    ]


def _advance(schedule: PayoutSchedule, *, at: datetime) -> bool:
    before = schedule.state
    if before == State.SCHEDULED and not reserve(schedule.pk, at=at):
        return False
    transfer_items(schedule.pk, at=at)
    send_to_bank(schedule.pk, at=at)
    schedule.refresh_from_db(fields=["state"])
    return schedule.state != before
