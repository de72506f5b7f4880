"""PayoutProcessor: the one door for money on its way to sellers."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Q

from events.recording import record_event
from gateway.accounts import retrieve_account
from gateway.calls import ParametersChanged
from gateway.client import StripeAway, StripeRefused
from ledger.posting import KeyReused
from payouts.aging import tell_of_old_money
from payouts.bank_days import PLATFORM_ZONE, RUN_CUT_OFF, is_bank_day
from payouts.holding import trip_breaker
from payouts.keeping import release_kept
from payouts.models import ConnectedAccount, Earning, PayoutAttempt, PayoutSchedule
from payouts.onboarding import keep_account
from payouts.policies import DUE_REGARDLESS_AFTER, terms_of
from payouts.redating import apply_new_policies
from payouts.reserving import reserve
from payouts.reversing import go_on_reversing
from payouts.scheduling import move_to_day_of_payment, schedule_earnings, scheduled_earnings
from payouts.sending import send_to_bank
from payouts.situations import obstacle_to, read_situations
from payouts.solvency import free_minor
from payouts.transferring import Refusal, transfer_items

RUN_BEGINS = time(6, 0)
# What keeps a payout from leaving whatever Stripe says of the seller's account.
NOT_OF_THE_ACCOUNT = frozenset({"off", "breaker", "insolvent", "held", "paused", "unavailable"})
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
        tell_of_old_money(limit=limit, at=at)
        run, moved = _Run(at), 0
        for schedule in _to_look_at(at, page=limit):
            if moved == limit or not go_on():
                break
            moved += run.advance(schedule)
        return moved


class _Run:
    """One look at what is due: whether we are solvent is asked once, and a refusal of our balance ends it."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.solvent: dict[str, bool] = {}
        self.exhausted: set[str] = set()

    def advance(self, schedule: PayoutSchedule) -> bool:
        """Whether it moved. What contradicts the books stops all payouts, and not by ending the run."""
        try:
            return self._advance(schedule)
        except (ParametersChanged, KeyReused, IntegrityError) as contradiction:
            reason = f"{schedule} contradicts what is written ({_said_by(contradiction)})."
            trip_breaker("books", reason=reason, at=self.at)
            return False

    def _advance(self, schedule: PayoutSchedule) -> bool:
        before = schedule.state
        if schedule.is_being_reversed:
            go_on_reversing(schedule, at=self.at)
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
        if self._may_depend_on_account(schedule):
            _look_at_account(schedule.seller_id, at=self.at)
        return reserve(schedule.pk, at=self.at, is_solvent=self.solvent[currency])

    def _may_depend_on_account(self, schedule: PayoutSchedule) -> bool:
        """Whether it leaves unless the account says no: nobody else is asked about again and again."""
        (situation,) = read_situations([schedule])
        obstacle = obstacle_to(situation, at=self.at, is_solvent=self.solvent[schedule.currency])
        return obstacle is None or obstacle.code not in NOT_OF_THE_ACCOUNT

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


def _said_by(contradiction: Exception) -> str:
    """What it is, and the rule of the database that said no, if one did."""
    refused = getattr(contradiction.__cause__, "diag", None)
    rule = refused and (refused.constraint_name or refused.message_primary)
    return f"{type(contradiction).__name__}: {rule}" if rule else type(contradiction).__name__


def _to_look_at(at: datetime, *, page: int) -> Iterator[PayoutSchedule]:
    """What is on its way, and what is due in a run that is open now; the oldest day first, page by page.

    All of it: however much of it waits, none stands in the way of what comes after.
    """
    local = at.astimezone(PLATFORM_ZONE)
    wanted = Q(state__in=[State.SENDING, State.TRANSFERRED]) | Q(is_being_reversed=True)
    wanted |= Q(state=State.RETURNED, payout__state=PayoutAttempt.State.OPEN)
    if RUN_BEGINS <= local.time() < RUN_CUT_OFF:
        wanted |= Q(state=State.SCHEDULED, scheduled_date__lte=local.date())
        wanted |= Q(state=State.RETURNED, retry_on__lte=local.date())
    ids = PayoutSchedule.objects.filter(wanted).order_by("scheduled_date", "number")
    for some in _paged(list(ids.values_list("pk", flat=True)), page):
        found = PayoutSchedule.objects.filter(wanted, pk__in=some).order_by("scheduled_date", "number")
        found = found.select_related("payout")
        terms = terms_of({schedule.seller_id for schedule in found})
        for s in found:
            goes_on = s.state in (State.SENDING, State.TRANSFERRED) or s.is_being_reversed or _went_out(s)
            country = terms[s.seller_id].country
            if goes_on or is_bank_day(local.date(), currency=s.currency, country=country):
                yield s


def _went_out(schedule: PayoutSchedule) -> bool:
    """Whether it stands in an attempt that has no definite answer yet."""
    return schedule.payout is not None and schedule.payout.state == PayoutAttempt.State.OPEN


def _paged(ids: list[UUID], page: int) -> Iterator[list[UUID]]:
    for start in range(0, len(ids), page):
        yield ids[start : start + page]


def _look_at_account(seller_id: int, *, at: datetime) -> None:
    """Bring our row to the account as it is now; without an answer, what was told last counts."""
    account = ConnectedAccount.objects.filter(seller=seller_id).exclude(stripe_account_id=None).first()
    if account is None or account.stripe_account_id is None:
        return
    try:
        facts = retrieve_account(account.stripe_account_id)
    except (StripeAway, StripeRefused):
        return
    keep_account(facts, told_at=None, at=at, told_before=account.told_at)


def _schedule_what_waited_too_long(*, limit: int, at: datetime) -> None:
    """Under a manual policy nobody chose a day, and Stripe's 90 days are almost over."""
    last = at.astimezone(PLATFORM_ZONE).date() - DUE_REGARDLESS_AFTER
    pending = Earning.objects.filter(status=Earning.Status.PENDING)
    old = pending.filter(Q(available_on__lte=last) | Q(available_on=None, paid_on__lte=last))
    schedule_earnings(list(old.exclude(pk__in=scheduled_earnings()).order_by("paid_on")[:limit]), at=at)
