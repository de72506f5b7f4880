"""PayoutProcessor: the one door for money on its way to sellers."""

from collections.abc import Callable
from datetime import date, datetime, time
from uuid import UUID

from django.db.models import Q

from events.recording import record_event
from gateway.accounts import retrieve_account
from gateway.client import StripeAway, StripeRefused
from payouts.bank_days import PLATFORM_ZONE, RUN_CUT_OFF, is_bank_day
from payouts.keeping import release_kept
from payouts.models import ConnectedAccount, Earning, PayoutSchedule
from payouts.onboarding import keep_account
from payouts.policies import DUE_REGARDLESS_AFTER, terms_of
from payouts.redating import apply_new_policies
from payouts.reserving import reserve
from payouts.scheduling import move_to_day_of_payment, schedule_earnings, scheduled_earnings
from payouts.sending import send_to_bank
from payouts.solvency import free_minor
from payouts.transferring import Refusal, transfer_items

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
        apply_new_policies(at=at, go_on=go_on)
        release_kept(limit=limit, at=at)
        _schedule_what_waited_too_long(limit=limit, at=at)
        run = _Run(at)
        return sum(run.advance(schedule) for schedule in _to_look_at(at, limit=limit) if go_on())


class _Run:
    """One look at what is due: whether we are solvent is asked once, and a refusal of our balance ends it."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.solvent: dict[str, bool] = {}
        self.exhausted: set[str] = set()

    def advance(self, schedule: PayoutSchedule) -> bool:
        before = schedule.state
        if before == State.SCHEDULED and not self._reserve(schedule):
            return False
        if before in (State.SCHEDULED, State.SENDING):
            self._transfer(schedule)
        send_to_bank(schedule.pk, at=self.at)
        schedule.refresh_from_db(fields=["state"])
        return schedule.state != before

    def _reserve(self, schedule: PayoutSchedule) -> bool:
        currency = schedule.currency
        if currency in self.exhausted:
            return False
        if currency not in self.solvent:
            self.solvent[currency] = free_minor(currency) >= 0
        _look_at_account(schedule.seller_id, at=self.at)
        return reserve(schedule.pk, at=self.at, is_solvent=self.solvent[currency])

    def _transfer(self, schedule: PayoutSchedule) -> None:
        if transfer_items(schedule.pk, at=self.at) == Refusal.BALANCE:
            self.exhausted.add(schedule.currency)
            record_event(
                "payouts.balance_insufficient",
                subject_type="payout",
                subject_id=schedule.pk,
                at=self.at,
                details={"currency": schedule.currency},
            )


def _to_look_at(at: datetime, *, limit: int) -> list[PayoutSchedule]:
    """What is on its way, and what is due in a run that is open now; the oldest day first."""
    local = at.astimezone(PLATFORM_ZONE)
    wanted = Q(state__in=[State.SENDING, State.TRANSFERRED])
    if RUN_BEGINS <= local.time() < RUN_CUT_OFF:
        wanted |= Q(state=State.SCHEDULED, scheduled_date__lte=local.date())
        wanted |= Q(state=State.RETURNED, retry_on__lte=local.date())
    found = list(PayoutSchedule.objects.filter(wanted).order_by("scheduled_date", "number")[:limit])
    terms = terms_of({schedule.seller_id for schedule in found})
    return [
        s
        for s in found
        if s.state in (State.SENDING, State.TRANSFERRED)
        or is_bank_day(local.date(), currency=s.currency, country=terms[s.seller_id].country)
    ]


def _look_at_account(seller_id: int, *, at: datetime) -> None:
    """Bring our row to the account as it is now; without an answer, what was told last counts."""
    account = ConnectedAccount.objects.filter(seller=seller_id).exclude(stripe_account_id=None).first()
    if account is None or account.stripe_account_id is None:
        return
    try:
        facts = retrieve_account(account.stripe_account_id)
    except (StripeAway, StripeRefused):
        return
    keep_account(facts, told_at=None, at=at)


def _schedule_what_waited_too_long(*, limit: int, at: datetime) -> None:
    """Under a manual policy nobody chose a day, and Stripe's 90 days are almost over."""
    last = at.astimezone(PLATFORM_ZONE).date() - DUE_REGARDLESS_AFTER
    old = Earning.objects.filter(status=Earning.Status.PENDING, paid_on__lte=last)
    schedule_earnings(list(old.exclude(pk__in=scheduled_earnings()).order_by("paid_on")[:limit]), at=at)
