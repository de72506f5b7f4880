"""From the seller's account at Stripe to the bank: one payout for one schedule, and what the bank says."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from events.recording import record_event
from gateway.client import StripeAway, StripeRefused
from gateway.models import StripeCall
from gateway.payouts import (
    PayoutFacts,
    available_minor,
    make_payout,
    payout_may_exist,
    payout_params,
    write_payout,
)
from ledger.chart import bank_transit, connected, in_transit
from ledger.posting import Line, post_journal
from payouts.models import Earning, PayoutItem, PayoutSchedule

ItemState = PayoutItem.State
State = PayoutSchedule.State


class PayoutNotYetOurs(Exception):
    """Stripe tells of a payout that it made for us a moment ago; it is noted when its answer is."""


@dataclass(frozen=True)
class Arrival:
    """What the bank's word did: how much was completed by it, or, negative, is pending again."""

    schedule: PayoutSchedule
    completed_minor: int


def send_to_bank(schedule_id: UUID, *, at: datetime) -> bool:
    """TRANSFERRED -> IN_TRANSIT, when the seller's balance at Stripe covers it. False while it waits."""
    schedule = PayoutSchedule.objects.get(pk=schedule_id)
    if schedule.state != State.TRANSFERRED:
        return False
    try:
        if not payout_may_exist(schedule.pk, schedule.attempt) and not _is_covered(schedule):
            return _wait(schedule, "The money is with Stripe and becomes available there first.", at=at)
        facts = make_payout(_write(schedule, at=at), account_id=schedule.destination_account, at=at)
    except StripeAway:
        return False
    except StripeRefused as refused:
        return _wait(schedule, f"Stripe does not pay it out yet ({refused.code}).", at=at)
    return _confirm(schedule, facts, at=at)


def _is_covered(schedule: PayoutSchedule) -> bool:
    """Whether the seller's balance at Stripe holds it. A payout that may have been made is in it no more."""
    return available_minor(schedule.destination_account, schedule.currency) >= schedule.total_minor


@transaction.atomic(durable=True)
def _write(schedule: PayoutSchedule, *, at: datetime) -> StripeCall:
    params = payout_params(
        schedule_id=schedule.pk,
        attempt=schedule.attempt,
        amount_minor=schedule.total_minor,
        currency=schedule.currency,
        bank_account_id=schedule.destination_bank,
    )
    return write_payout(schedule.pk, schedule.attempt, params, at=at)


def _wait(schedule: PayoutSchedule, reason: str, *, at: datetime) -> bool:
    PayoutSchedule.objects.filter(pk=schedule.pk, state=State.TRANSFERRED).update(
        reason=reason, updated_at=at
    )
    return False


@transaction.atomic(durable=True)
def _confirm(schedule: PayoutSchedule, facts: PayoutFacts, *, at: datetime) -> bool:
    sent = PayoutSchedule.objects.filter(pk=schedule.pk, state=State.TRANSFERRED)
    if not sent.update(
        state=State.IN_TRANSIT,
        stripe_payout_id=facts.id,
        arrives_on=facts.arrival_date,
        reason="",
        updated_at=at,
    ):
        return False
    _book(schedule, "sent", bank_transit(schedule.seller_id), connected(schedule.seller_id), at=at)
    _tell(schedule, "payout.sent", at=at)
    return True


@transaction.atomic
def record_payout_paid(facts: PayoutFacts, *, account: str, at: datetime) -> Arrival | None:
    """IN_TRANSIT -> PAID: the bank has it, and the seller's lines are completed. None if it is not ours."""
    schedule = _locked(facts, account=account)
    if schedule is None:
        return None
    arrived = schedule.state == State.IN_TRANSIT
    if arrived:
        schedule.state, schedule.paid_at, schedule.updated_at = State.PAID, at, at
        schedule.save(update_fields=["state", "paid_at", "updated_at"])
        _book(schedule, "paid", in_transit(schedule.seller_id), bank_transit(schedule.seller_id), at=at)
        schedule.items.filter(state=ItemState.TRANSFERRED).update(state=ItemState.PAID)
        _set_earnings(schedule, Earning.Status.COMPLETED)
        _tell(schedule, "payout.paid", at=at)
    return Arrival(schedule, completed_minor=schedule.total_minor if arrived else 0)


@transaction.atomic
def record_payout_failed(facts: PayoutFacts, *, account: str, at: datetime) -> Arrival | None:
    """IN_TRANSIT or PAID -> RETURNED: the bank sent it back to Stripe. None if it is not ours."""
    schedule = _locked(facts, account=account)
    if schedule is None:
        return None
    seller_id, was_paid = schedule.seller_id, schedule.state == State.PAID
    if schedule.state == State.IN_TRANSIT:
        _book(schedule, "failed", connected(seller_id), bank_transit(seller_id), at=at)
    elif was_paid:
        _book(schedule, "returned", connected(seller_id), in_transit(seller_id), at=at)
        schedule.items.filter(state=ItemState.PAID).update(state=ItemState.TRANSFERRED)
        _set_earnings(schedule, Earning.Status.PENDING)
    else:
        return Arrival(schedule, completed_minor=0)
    schedule.state, schedule.paid_at, schedule.updated_at = State.RETURNED, None, at
    schedule.reason = f"The bank sent it back ({facts.failure_code or facts.status})."
    schedule.save(update_fields=["state", "paid_at", "reason", "updated_at"])
    _tell(schedule, "payout.returned", at=at)
    return Arrival(schedule, completed_minor=-schedule.total_minor if was_paid else 0)


def _locked(facts: PayoutFacts, *, account: str) -> PayoutSchedule | None:
    """The schedule this payout is of, if account, amount and currency are its own."""
    ours = PayoutSchedule.objects.select_for_update()
    schedule = ours.filter(stripe_payout_id=facts.id, destination_account=account).first()
    if schedule is not None:
        agrees = (schedule.total_minor, schedule.currency) == (facts.amount_minor, facts.currency)
        return schedule if agrees else None
    if facts.schedule_id and ours.filter(pk=facts.schedule_id, state=State.TRANSFERRED).exists():
        raise PayoutNotYetOurs(f"The answer that makes {facts.id} ours has not been written yet.")
    return None


def _set_earnings(schedule: PayoutSchedule, status: str) -> None:
    live = schedule.items.exclude(state=ItemState.DROPPED)
    Earning.objects.filter(pk__in=live.values("earning")).update(status=status)


def _book(schedule: PayoutSchedule, what: str, debit: str, credit: str, *, at: datetime) -> None:
    post_journal(
        key=f"payout:{schedule.pk}:{what}:{schedule.attempt}",
        currency=schedule.currency,
        lines=[Line(debit, credit, schedule.total_minor)],
        at=at,
    )


def _tell(schedule: PayoutSchedule, kind: str, *, at: datetime) -> None:
    record_event(
        kind,
        subject_type="payout",
        subject_id=schedule.pk,
        at=at,
        audience=[schedule.seller_id],
        details={"total_minor": schedule.total_minor, "currency": schedule.currency},
    )
