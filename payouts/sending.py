"""From the seller's account at Stripe to the bank: one payout for one schedule, or for several too small."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext_noop

from events.recording import record_event
from faults.crashpoints import crashpoint
from faults.crossing import again_if_crossed
from gateway.calls import FoundAmiss
from gateway.client import StripeAway, StripeRefused
from gateway.payouts import (
    MOST_SCHEDULES,
    PayoutFacts,
    available_minor,
    make_payout,
    payout_of,
    payout_params,
    write_payout,
)
from ledger.chart import bank_transit, connected
from ledger.posting import Line, post_journal
from money.currencies import minimum_payout_minor
from payouts.bank_days import PLATFORM_ZONE, next_bank_day
from payouts.holding import open_breaker, seller_is_held, trip_breaker
from payouts.locking import lock_seller
from payouts.models import ConnectedAccount, PayoutAttempt, PayoutSchedule
from payouts.scheduling import day_after
from payouts.situations import obstacle_of_account

State, AttemptState = PayoutSchedule.State, PayoutAttempt.State

TOO_LITTLE = gettext_noop("It is too little for a payout; it leaves together with the next.")
NOT_THERE_YET = gettext_noop("The money is with Stripe and becomes available there first.")
HELD = gettext_noop("Your payouts are held while we look into something.")

TOO_SMALL, NOT_COVERED = "amount_too_small", "balance_insufficient"
# Stripe no longer knows the bank account that was frozen.
BANK_IS_GONE = frozenset({"resource_missing"})


def send_to_bank(schedule_id: UUID, *, at: datetime) -> bool:
    """TRANSFERRED or RETURNED -> IN_TRANSIT, when the seller's balance covers it. False while it waits.

    An attempt that was written is brought to its end before another is thought of.
    """
    schedule = PayoutSchedule.objects.select_related("payout").get(pk=schedule_id)
    attempt = None
    if open_breaker() or not _may_go(schedule, at=at):
        return False
    try:
        attempt = _open_attempt_of(schedule)
        if attempt is None:
            there_minor = available_minor(schedule.destination_account, schedule.currency)
            if there_minor < schedule.total_minor:
                return _wait(schedule, NOT_THERE_YET, at=at)
            attempt = _write_attempt(schedule.pk, there_minor=there_minor, at=at)
        if attempt is None:
            return False
        facts = make_payout(payout_of(attempt.pk), account_id=attempt.destination_account, at=at)
    except FoundAmiss as amiss:
        trip_breaker("payout", reason=f"{schedule} is in doubt: {amiss}", at=at)
        return False
    except StripeAway:
        return False
    except StripeRefused as refused:
        return attempt is not None and _refuse(attempt.pk, refused.code, at=at)
    crashpoint("B2.payout_made")
    return _confirm(attempt.pk, facts, at=at)


def _may_go(schedule: PayoutSchedule, *, at: datetime) -> bool:
    """What is transferred goes on; what came back or was refused, on the day of its next try.

    Nothing does that is being taken back, or stands in an attempt that went out.
    """
    if schedule.is_being_reversed:
        return False
    is_time = schedule.retry_on is not None and schedule.retry_on <= at.astimezone(PLATFORM_ZONE).date()
    if schedule.state == State.TRANSFERRED:
        return is_time or schedule.retry_on is None or _open_attempt_of(schedule) is not None
    return schedule.state == State.RETURNED and is_time


def _open_attempt_of(schedule: PayoutSchedule) -> PayoutAttempt | None:
    attempt = schedule.payout
    return attempt if attempt is not None and attempt.state == AttemptState.OPEN else None


@again_if_crossed
@transaction.atomic(durable=True)
def _write_attempt(schedule_id: UUID, *, there_minor: int, at: datetime) -> PayoutAttempt | None:
    """The attempt and its call, committed before Stripe is asked; None if the schedule has to wait.

    It takes along whatever else of the seller's is too little alone, as far as `there_minor`, what the
    seller's balance at Stripe holds, reaches.
    """
    first = PayoutSchedule.objects.get(pk=schedule_id)
    lock_seller(first.seller_id)
    schedule = PayoutSchedule.objects.select_for_update(of=["self"]).get(pk=schedule_id)
    if not _may_go(schedule, at=at):
        return None
    if attempt := _open_attempt_of(schedule):
        return attempt
    account = ConnectedAccount.objects.get(seller=schedule.seller_id)
    obstacle = _obstacle(schedule, account, at=at)
    if obstacle is not None:
        _wait(schedule, obstacle, at=at)
        return None
    together = [schedule]
    total_minor = schedule.total_minor
    for one in _too_little_alone(schedule, account, at=at):
        if len(together) < MOST_SCHEDULES and total_minor + one.total_minor <= there_minor:
            together.append(one)
            total_minor += one.total_minor
    if total_minor < minimum_payout_minor(schedule.currency):
        _wait(schedule, TOO_LITTLE, at=at)
        return None
    attempt, params = join_in_attempt(
        together, attempt_id=uuid4(), bank_account_id=bank_for(schedule, account), at=at
    )
    write_payout(attempt.pk, params, at=at)
    crashpoint("B1.attempt_written")
    return attempt


def _obstacle(schedule: PayoutSchedule, account: ConnectedAccount, *, at: datetime) -> str | None:
    """Why what lies at Stripe does not go on. A changed bank account keeps only what goes to it waiting."""
    if seller_is_held(schedule.seller_id):
        return HELD
    obstacle = obstacle_of_account(account, at=at)
    if obstacle is None:
        return None
    goes_to_a_new_bank = bank_for(schedule, account) != schedule.destination_bank
    is_ours = obstacle.code in ("cooling_off", "not_manual")
    if schedule.state == State.TRANSFERRED and is_ours and not goes_to_a_new_bank:
        return None
    return obstacle.reason


def bank_for(schedule: PayoutSchedule, account: ConnectedAccount) -> str:
    """What came back goes to the bank account as it is now, and so does what Stripe knows no more.

    All else goes to the one that was frozen when it was reserved.
    """
    failed = schedule.payout.failure_code if schedule.payout else ""
    is_gone = schedule.state == State.RETURNED or failed in BANK_IS_GONE
    return account.bank_account_id if is_gone else schedule.destination_bank


def _too_little_alone(
    schedule: PayoutSchedule, account: ConnectedAccount, *, at: datetime
) -> list[PayoutSchedule]:
    """The seller's other schedules on the same account that cannot leave alone, and may with this."""
    others = PayoutSchedule.objects.select_related("payout").filter(
        Q(payout=None) | ~Q(payout__state=AttemptState.OPEN),
        seller=schedule.seller_id,
        currency=schedule.currency,
        state__in=[State.TRANSFERRED, State.RETURNED],
        destination_account=schedule.destination_account,
        is_being_reversed=False,
    )
    smallest_minor = minimum_payout_minor(schedule.currency)
    return [
        one
        for one in others.exclude(pk=schedule.pk).order_by("pk").select_for_update(of=["self"])
        if (one.total_minor < smallest_minor or _was_too_small(one))
        and (one.state == State.TRANSFERRED or _may_go(one, at=at))
        and _obstacle(one, account, at=at) is None
        and bank_for(one, account) == bank_for(schedule, account)
    ]


def _was_too_small(schedule: PayoutSchedule) -> bool:
    return schedule.payout is not None and schedule.payout.failure_code == TOO_SMALL


def number_of_next(schedule: PayoutSchedule) -> int:
    """The how manieth payout of it the next is: what came back counts, what Stripe never made does not."""
    return schedule.attempt + (schedule.state == State.RETURNED)


def join_in_attempt(
    together: list[PayoutSchedule], *, attempt_id: UUID, bank_account_id: str, at: datetime
) -> tuple[PayoutAttempt, dict[str, Any]]:
    """One attempt for these schedules of a seller's, which are locked; and its call's parameters."""
    first, ids = together[0], [one.pk for one in together]
    attempt = PayoutAttempt.objects.create(
        pk=attempt_id,
        seller_id=first.seller_id,
        currency=first.currency,
        amount_minor=sum(one.total_minor for one in together),
        destination_account=first.destination_account,
        destination_bank=bank_account_id,
        created_at=at,
        updated_at=at,
    )
    PayoutSchedule.objects.filter(pk__in=ids, state=State.RETURNED).update(attempt=F("attempt") + 1)
    PayoutSchedule.objects.filter(pk__in=ids).update(payout=attempt, updated_at=at)
    params = payout_params(
        attempt_id=attempt_id,
        schedules=[(one.pk, number_of_next(one)) for one in together],
        amount_minor=attempt.amount_minor,
        currency=attempt.currency,
        bank_account_id=bank_account_id,
    )
    return attempt, params


def _wait(schedule: PayoutSchedule, reason: str, *, at: datetime) -> bool:
    """It stays where it is and says why."""
    waiting = PayoutSchedule.objects.filter(pk=schedule.pk, state=schedule.state)
    waiting.exclude(reason=reason).update(reason=reason, updated_at=at)
    return False


@again_if_crossed
@transaction.atomic(durable=True)
def _refuse(attempt_id: UUID, code: str, *, at: datetime) -> bool:
    """Stripe will not make this payout now, and has not: the money stays, and the next bank day asks again.

    Only this attempt is refused: whoever hears of it late knows nothing of a newer one.
    """
    attempt = PayoutAttempt.objects.get(pk=attempt_id)
    lock_seller(attempt.seller_id)
    refused = PayoutAttempt.objects.filter(pk=attempt_id, state=AttemptState.OPEN)
    if not refused.update(state=AttemptState.REFUSED, failure_code=code[:80], updated_at=at):
        return False
    reasons = {TOO_SMALL: TOO_LITTLE, NOT_COVERED: NOT_THERE_YET}
    country = ConnectedAccount.objects.get(seller=attempt.seller_id).bank_country
    PayoutSchedule.objects.filter(payout=attempt).update(
        reason=reasons.get(code, f"Stripe does not pay it out yet ({code})."),
        retry_on=next_bank_day(day_after(at), currency=attempt.currency, country=country or None),
        updated_at=at,
    )
    return False


@again_if_crossed
@transaction.atomic(durable=True)
def _confirm(attempt_id: UUID, facts: PayoutFacts, *, at: datetime) -> bool:
    """The payout exists: every schedule in it is in transit. Once.

    One that was made although we had believed its refusal stops all payouts, until a person has looked.
    """
    attempt = PayoutAttempt.objects.get(pk=attempt_id)
    lock_seller(attempt.seller_id)
    made = PayoutAttempt.objects.filter(pk=attempt_id, state=AttemptState.OPEN)
    if not made.update(
        state=AttemptState.IN_TRANSIT,
        stripe_payout_id=facts.id,
        arrives_on=facts.arrival_date,
        updated_at=at,
    ):
        if PayoutAttempt.objects.filter(pk=attempt_id, state=AttemptState.REFUSED).exists():
            trip_breaker("payout", reason=f"{facts.id} was made, and had been refused before.", at=at)
        return False
    book_sent(attempt, at=at)
    crashpoint("B3.confirmed")
    return True


def book_sent(attempt: PayoutAttempt, *, at: datetime) -> None:
    """Every schedule of the attempt is in transit, and so is its money in the books; the seller is locked."""
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
