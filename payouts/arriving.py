"""What the bank says: arrived, or sent back; and when what was sent back is tried again."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from faults.crashpoints import crashpoint
from gateway.payouts import PayoutFacts
from ledger.chart import bank_transit, connected, in_transit
from ledger.posting import Line, post_journal
from payouts.bank_days import PLATFORM_ZONE, next_bank_day
from payouts.holding import hold_seller
from payouts.locking import lock_seller
from payouts.models import ConnectedAccount, PayoutAttempt, PayoutItem, PayoutSchedule
from payouts.sending import tell
from payouts.standing import complete_earnings, reopen_earnings

ItemState = PayoutItem.State
State, AttemptState = PayoutSchedule.State, PayoutAttempt.State

MOST_RETURNS = 3
# The bank account itself is the reason: only the seller can change that.
FOR_THE_SELLER = frozenset(
    {
        "account_closed",
        "no_account",
        "invalid_account_number",
        "invalid_currency",
        "incorrect_account_holder_name",
        "incorrect_account_holder_address",
        "incorrect_account_holder_tax_id",
        "incorrect_account_holder_details",
        "incorrect_account_type",
        "debit_not_authorized",
        "bank_account_restricted",
        "account_frozen",
    }
)


class PayoutNotYetOurs(Exception):
    """Stripe tells of a payout that it made for us a moment ago; it is noted when its answer is."""


@dataclass(frozen=True)
class Arrival:
    """What the bank's word did to one seller's lines: completed by it, or, negative, pending again."""

    seller_id: int
    currency: str
    completed_minor: int


def recognize_payout(facts: PayoutFacts, *, account: str, at: datetime) -> Arrival | None:
    """That it was made changes nothing: whoever sent it notes the answer. None if it is not ours."""
    ours = Q(stripe_payout_id=facts.id) | Q(pk=facts.attempt_id, state=AttemptState.OPEN)
    attempt = PayoutAttempt.objects.filter(ours, destination_account=account).first()
    return None if attempt is None else _arrival(attempt, 0)


@transaction.atomic
def record_payout_paid(facts: PayoutFacts, *, account: str, at: datetime) -> Arrival | None:
    """IN_TRANSIT -> PAID: the bank has it, and the seller's lines are completed. None if it is not ours."""
    attempt = _locked(facts, account=account)
    if attempt is None:
        return None
    arrived = attempt.state == AttemptState.IN_TRANSIT
    if arrived:
        _move(attempt, AttemptState.PAID, at=at)
        for schedule in _schedules_in(attempt):
            schedule.state, schedule.paid_at, schedule.updated_at = State.PAID, at, at
            schedule.save(update_fields=["state", "paid_at", "updated_at"])
            seller_id = schedule.seller_id
            _book(schedule, "paid", in_transit(seller_id), bank_transit(seller_id), at=at)
            schedule.items.filter(state=ItemState.TRANSFERRED).update(state=ItemState.PAID)
            complete_earnings(schedule.items.values_list("earning", flat=True))
            tell(schedule, "payout.paid", at=at)
        crashpoint("A1.paid_booked")
    return _arrival(attempt, attempt.amount_minor if arrived else 0)


@transaction.atomic
def record_payout_failed(facts: PayoutFacts, *, account: str, at: datetime) -> Arrival | None:
    """IN_TRANSIT or PAID -> RETURNED: the bank sent it back to Stripe. None if it is not ours.

    What the seller must mend waits for the seller; all else is tried again, up to three times.
    """
    attempt = _locked(facts, account=account)
    if attempt is None:
        return None
    was_paid = attempt.state == AttemptState.PAID
    if attempt.state not in (AttemptState.IN_TRANSIT, AttemptState.PAID):
        return _arrival(attempt, 0)
    code = facts.failure_code or facts.status
    _move(attempt, AttemptState.RETURNED, at=at, code=code)
    for schedule in _schedules_in(attempt):
        _take_back(schedule, code, was_paid=was_paid, at=at)
    return _arrival(attempt, -attempt.amount_minor if was_paid else 0)


def _take_back(schedule: PayoutSchedule, code: str, *, was_paid: bool, at: datetime) -> None:
    seller_id = schedule.seller_id
    if was_paid:
        _book(schedule, "returned", connected(seller_id), in_transit(seller_id), at=at)
        schedule.items.filter(state=ItemState.PAID).update(state=ItemState.TRANSFERRED)
        back = schedule.items.filter(state=ItemState.TRANSFERRED)
        reopen_earnings(back.values_list("earning", flat=True))
    else:
        _book(schedule, "failed", connected(seller_id), bank_transit(seller_id), at=at)
    schedule.state, schedule.paid_at, schedule.updated_at = State.RETURNED, None, at
    schedule.returns += 1
    schedule.retry_on = _next_try(schedule, code, at=at)
    schedule.reason = f"The bank sent it back ({code})."
    fields = ["state", "paid_at", "returns", "retry_on", "reason", "updated_at"]
    schedule.save(update_fields=fields)
    tell(schedule, "payout.returned", at=at, failure_code=code)


def _next_try(schedule: PayoutSchedule, code: str, *, at: datetime) -> date | None:
    """The next bank day, unless the seller has to act or it came back too often.

    A seller who has changed the bank account meanwhile has acted.
    """
    account = ConnectedAccount.objects.get(seller=schedule.seller_id)
    has_acted = account.bank_account_id not in ("", schedule.destination_bank)
    if not has_acted and (code in FOR_THE_SELLER or schedule.returns > MOST_RETURNS):
        return None
    tomorrow = at.astimezone(PLATFORM_ZONE).date() + timedelta(days=1)
    return next_bank_day(tomorrow, currency=schedule.currency, country=account.bank_country or None)


def _locked(facts: PayoutFacts, *, account: str) -> PayoutAttempt | None:
    """The attempt this payout is of, its seller locked, if account, amount and currency are its own."""
    known = PayoutAttempt.objects.filter(stripe_payout_id=facts.id, destination_account=account).first()
    if known is not None:
        lock_seller(known.seller_id)
        attempt = PayoutAttempt.objects.select_for_update().get(pk=known.pk)
        agrees = (attempt.amount_minor, attempt.currency) == (facts.amount_minor, facts.currency)
        return attempt if agrees else None
    open_ones = PayoutAttempt.objects.filter(destination_account=account, state=AttemptState.OPEN)
    if facts.attempt_id and open_ones.filter(pk=facts.attempt_id).exists():
        raise PayoutNotYetOurs(f"The answer that makes {facts.id} ours has not been written yet.")
    return None


def stop_for_strange_payout(payout_id: str, *, account: str, at: datetime) -> bool:
    """A payout on a seller's account that we did not make: nothing of theirs leaves until it is explained.

    False if no seller of ours has the account.
    """
    owner = ConnectedAccount.objects.filter(stripe_account_id=account).first()
    if owner is None:
        return False
    hold_seller(
        owner.seller_id, reason=f"Stripe paid out {payout_id}, which we did not ask for.", by=None, at=at
    )
    return True


def _schedules_in(attempt: PayoutAttempt) -> list[PayoutSchedule]:
    return list(attempt.schedules.select_for_update().order_by("pk"))


def _move(attempt: PayoutAttempt, state: str, *, at: datetime, code: str = "") -> None:
    PayoutAttempt.objects.filter(pk=attempt.pk).update(state=state, failure_code=code[:80], updated_at=at)


def _book(schedule: PayoutSchedule, what: str, debit: str, credit: str, *, at: datetime) -> None:
    post_journal(
        key=f"payout:{schedule.pk}:{what}:{schedule.attempt}",
        currency=schedule.currency,
        lines=[Line(debit, credit, schedule.total_minor)],
        at=at,
    )


def _arrival(attempt: PayoutAttempt, completed_minor: int) -> Arrival:
    return Arrival(attempt.seller_id, attempt.currency, completed_minor)
