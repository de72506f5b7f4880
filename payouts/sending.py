"""From the seller's account at Stripe to the bank: one payout for one schedule."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_noop

from events.recording import record_event
from gateway.client import StripeAway, StripeRefused
from gateway.payouts import PayoutFacts, available_minor, make_payout, payout_of, payout_params, write_payout
from ledger.chart import bank_transit, connected
from ledger.posting import Line, post_journal
from money.currencies import minimum_payout_minor
from payouts.bank_days import PLATFORM_ZONE
from payouts.holding import open_breaker
from payouts.locking import lock_seller
from payouts.models import ConnectedAccount, PayoutAttempt, PayoutSchedule
from payouts.situations import obstacle_of_account

State, AttemptState = PayoutSchedule.State, PayoutAttempt.State

TOO_LITTLE = gettext_noop("It is too little for a payout; it leaves together with the next.")
NOT_THERE_YET = gettext_noop("The money is with Stripe and becomes available there first.")


def send_to_bank(schedule_id: UUID, *, at: datetime) -> bool:
    """TRANSFERRED or RETURNED -> IN_TRANSIT, when the seller's balance covers it. False while it waits.

    An attempt that was written is brought to its end before another is thought of.
    """
    schedule = PayoutSchedule.objects.select_related("payout").get(pk=schedule_id)
    if open_breaker() or not _may_go(schedule, at=at):
        return False
    try:
        attempt = _open_attempt_of(schedule)
        if attempt is None and not _is_covered(schedule):
            return _wait(schedule, NOT_THERE_YET, at=at)
        attempt = attempt or _write_attempt(schedule.pk, at=at)
        if attempt is None:
            return False
        facts = make_payout(payout_of(attempt.pk), account_id=attempt.destination_account, at=at)
    except StripeAway:
        return False
    except StripeRefused as refused:
        return _refuse(schedule, refused.code, at=at)
    return _confirm(attempt.pk, facts, at=at)


def _may_go(schedule: PayoutSchedule, *, at: datetime) -> bool:
    """What is transferred goes on; what came back, on the day of its next try; nothing that is taken back."""
    if schedule.is_being_reversed:
        return False
    if schedule.state == State.RETURNED:
        today = at.astimezone(PLATFORM_ZONE).date()
        return schedule.retry_on is not None and schedule.retry_on <= today
    return schedule.state == State.TRANSFERRED


def _open_attempt_of(schedule: PayoutSchedule) -> PayoutAttempt | None:
    attempt = schedule.payout
    return attempt if attempt is not None and attempt.state == AttemptState.OPEN else None


def _is_covered(schedule: PayoutSchedule) -> bool:
    """Whether the seller's balance at Stripe holds it now."""
    return available_minor(schedule.destination_account, schedule.currency) >= schedule.total_minor


@transaction.atomic(durable=True)
def _write_attempt(schedule_id: UUID, *, at: datetime) -> PayoutAttempt | None:
    """The attempt and its call, committed before Stripe is asked; None if the schedule has to wait.

    What is too little alone takes along whatever else of the seller's waits for the same reason.
    """
    first = PayoutSchedule.objects.get(pk=schedule_id)
    lock_seller(first.seller_id)
    schedule = PayoutSchedule.objects.select_for_update(of=["self"]).get(pk=schedule_id)
    if not _may_go(schedule, at=at) or _open_attempt_of(schedule):
        return _open_attempt_of(schedule)
    account = ConnectedAccount.objects.get(seller=schedule.seller_id)
    obstacle = obstacle_of_account(account, at=at)
    if (obstacle and schedule.state == State.RETURNED) or not account.payouts_enabled:
        _wait(schedule, obstacle.reason if obstacle else "", at=at)
        return None
    together = [schedule, *_too_little_alone(schedule)]
    total_minor = sum(one.total_minor for one in together)
    if total_minor < minimum_payout_minor(schedule.currency):
        _wait(schedule, TOO_LITTLE, at=at)
        return None
    attempt = _new_attempt(schedule, account, total_minor, at=at)
    returned = [one.pk for one in together if one.state == State.RETURNED]
    PayoutSchedule.objects.filter(pk__in=[one.pk for one in together]).update(payout=attempt, updated_at=at)
    for one in PayoutSchedule.objects.filter(pk__in=returned):
        PayoutSchedule.objects.filter(pk=one.pk).update(attempt=one.attempt + 1)
    return attempt


def _too_little_alone(schedule: PayoutSchedule) -> list[PayoutSchedule]:
    """The seller's other schedules that were transferred to the same account and could not leave alone."""
    waiting = PayoutSchedule.objects.filter(
        Q(payout=None) | Q(payout__state=AttemptState.REFUSED),
        seller=schedule.seller_id,
        currency=schedule.currency,
        state=State.TRANSFERRED,
        destination_account=schedule.destination_account,
        reason=TOO_LITTLE,
    ).exclude(pk=schedule.pk)
    return list(waiting.order_by("pk").select_for_update(of=["self"]))


def _new_attempt(
    schedule: PayoutSchedule, account: ConnectedAccount, total_minor: int, *, at: datetime
) -> PayoutAttempt:
    """What came back goes to the bank account as it is now; all else to the one frozen at reserve."""
    is_retry = schedule.state == State.RETURNED
    attempt = PayoutAttempt.objects.create(
        seller_id=schedule.seller_id,
        currency=schedule.currency,
        amount_minor=total_minor,
        destination_account=schedule.destination_account,
        destination_bank=account.bank_account_id if is_retry else schedule.destination_bank,
        created_at=at,
        updated_at=at,
    )
    params = payout_params(
        attempt_id=attempt.pk,
        amount_minor=total_minor,
        currency=schedule.currency,
        bank_account_id=attempt.destination_bank,
    )
    write_payout(attempt.pk, params, at=at)
    return attempt


def _wait(schedule: PayoutSchedule, reason: str, *, at: datetime) -> bool:
    waiting = PayoutSchedule.objects.filter(pk=schedule.pk, state=schedule.state)
    waiting.exclude(reason=reason).update(reason=reason, updated_at=at)
    return False


@transaction.atomic(durable=True)
def _refuse(schedule: PayoutSchedule, code: str, *, at: datetime) -> bool:
    """Stripe will not make this payout now, and has not: the money stays, and a new attempt follows."""
    lock_seller(schedule.seller_id)
    current = PayoutSchedule.objects.get(pk=schedule.pk)
    refused = PayoutAttempt.objects.filter(schedules=current, state=AttemptState.OPEN)
    refused.update(state=AttemptState.REFUSED, failure_code=code, updated_at=at)
    reasons = {"amount_too_small": TOO_LITTLE, "balance_insufficient": NOT_THERE_YET}
    return _wait(current, reasons.get(code, f"Stripe does not pay it out yet ({code})."), at=at)


@transaction.atomic(durable=True)
def _confirm(attempt_id: UUID, facts: PayoutFacts, *, at: datetime) -> bool:
    """The payout exists: every schedule in it is in transit. Once."""
    attempt = PayoutAttempt.objects.get(pk=attempt_id)
    lock_seller(attempt.seller_id)
    made = PayoutAttempt.objects.filter(pk=attempt_id, state=AttemptState.OPEN)
    if not made.update(
        state=AttemptState.IN_TRANSIT,
        stripe_payout_id=facts.id,
        arrives_on=facts.arrival_date,
        updated_at=at,
    ):
        return False
    for schedule in attempt.schedules.select_for_update().order_by("pk"):
        PayoutSchedule.objects.filter(pk=schedule.pk).update(
            state=State.IN_TRANSIT,
            destination_bank=attempt.destination_bank,
            reason="",
            retry_on=None,
            updated_at=at,
        )
        post_journal(
            key=f"payout:{schedule.pk}:sent:{schedule.attempt}",
            currency=schedule.currency,
            lines=[
                Line(bank_transit(schedule.seller_id), connected(schedule.seller_id), schedule.total_minor)
            ],
            at=at,
        )
        tell(schedule, "payout.sent", at=at)
    return True


def tell(schedule: PayoutSchedule, kind: str, *, at: datetime, **details: object) -> None:
    """The diary's line about a payout, for its seller."""
    record_event(
        kind,
        subject_type="payout",
        subject_id=schedule.pk,
        at=at,
        audience=[schedule.seller_id],
        details={"total_minor": schedule.total_minor, "currency": schedule.currency, **details},
    )
