"""Moving a seller's money step by step, without Stripe: each step is the product's own."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta

from gateway.models import StripeCall
from gateway.payouts import PayoutFacts
from ledger.balances import balance_minor
from ledger.chart import receivable
from ledger.posting import Line, post_journal
from payments.completion_services.payment_completion import PaymentCompletionService
from payouts import sending, transferring
from payouts.arriving import record_payout_failed, record_payout_paid
from payouts.models import (
    ConnectedAccount,
    Earning,
    PayoutAttempt,
    PayoutItem,
    PayoutPolicy,
    PayoutSchedule,
)
from payouts.policies import set_policy
from payouts.reserving import reserve
from people.models import User
from tests.cast import NOON, Cast, a_charged_payment, a_won_bid

DUE = NOON + timedelta(days=7)
PLACES = ("payable", "reserved", "in_transit")
PART_MINOR = 1_023_000


def an_account(seller: User, **changed: object) -> ConnectedAccount:
    """A seller's account at Stripe, with which nothing is wrong."""
    ready = {
        "stripe_account_id": f"acct_{seller.pk}",
        "details_submitted": True,
        "payouts_enabled": True,
        "transfers_active": True,
        "manual_payouts": True,
        "bank_account_id": f"ba_{seller.pk}",
        "bank_last4": "4242",
        "bank_country": "SE",
        "told_at": NOON,
        "created_at": NOON,
    }
    return ConnectedAccount.objects.create(seller=seller, **(ready | changed))


def sales_of(
    cast: Cast, count: int, *, amount_minor: int = 1_100_000, currency: str = "SEK", at: datetime = NOON
) -> list[Earning]:
    """That many sales of Saga's, completed, their money available at Stripe two days later."""
    payments = []
    for _ in range(count):
        bid = a_won_bid(
            cast.bo, cast.saga, amount_minor=amount_minor, reserve_minor=None, currency=currency, at=at
        )
        payments.append(a_charged_payment(bid, at=at))
    PaymentCompletionService.process_payment_completion(payments, at=at)
    earnings = Earning.objects.filter(payment_id__in=[payment.pk for payment in payments])
    earnings.update(available_on=(at + timedelta(days=2)).date())
    return list(earnings.order_by("created_at", "pk"))


def under(cast: Cast, *, seller: User | None = None, at: datetime = NOON, **terms: object) -> PayoutPolicy:
    """Olga sets a policy: Saga's, or another seller's."""
    return set_policy(PayoutPolicy(seller=seller or cast.saga, **terms), by=cast.olga, at=at)


def owe(cast: Cast, amount_minor: int, *, currency: str = "SEK") -> None:
    """Saga owes us that much, for whatever reason."""
    line = Line(receivable(cast.saga.pk), "bank:platform", amount_minor)
    post_journal(key=f"owed:{uuid.uuid4()}", currency=currency, lines=[line], at=NOON)


def balance(cast: Cast, place: str, currency: str = "SEK") -> int:
    """What stands at one of Saga's places."""
    return balance_minor(f"seller:{cast.saga.pk}:{place}", currency)


def stands(cast: Cast) -> dict[str, int]:
    """Where Saga's money is, in reference sales."""
    seller = cast.saga.pk
    codes = [f"seller:{seller}:{place}" for place in PLACES]
    codes += [f"stripe:connected:{seller}", f"bank:transit:{seller}"]
    names = (*PLACES, "connected", "bank")
    return {
        name: balance_minor(code) // PART_MINOR
        for name, code in zip(names, codes, strict=True)
        if balance_minor(code)
    }


def transfer(item: PayoutItem) -> None:
    """Stripe has made the item's transfer."""
    StripeCall.objects.filter(object_id=item.pk, purpose="transfer", state="intent").update(
        state="done", result_id=f"tr_{item.pk}", first_sent_at=DUE
    )
    transferring._confirm(item, f"tr_{item.pk}", at=DUE)


def refuse(item: PayoutItem, code: str) -> None:
    """Stripe has refused the item's transfer."""
    StripeCall.objects.filter(object_id=item.pk, purpose="transfer", state="intent").update(
        state="refused", first_sent_at=DUE, error_code=code
    )
    transferring._release(item, code, at=DUE)


def transferred(schedule: PayoutSchedule, *, at: datetime = DUE) -> PayoutSchedule:
    """Reserved and transferred whole; not yet sent to the bank."""
    assert reserve(schedule.pk, at=at)
    for item in schedule.items.select_related("schedule").filter(state="reserved"):
        transfer(item)
    transferring._conclude(schedule.pk, at=DUE)
    schedule.refresh_from_db()
    return schedule


def in_the_bank(schedule: PayoutSchedule, *, at: datetime = DUE) -> PayoutSchedule:
    """Reserved, transferred and sent; not yet arrived."""
    return sent(transferred(schedule, at=at), at=at)


def sent(schedule: PayoutSchedule, *, there_minor: int = 1_000_000_000, at: datetime = DUE) -> PayoutSchedule:
    """Stripe has made a payout of what is transferred, or came back."""
    attempt = sending._write_attempt(schedule.pk, there_minor=there_minor, at=at)
    assert attempt is not None
    StripeCall.objects.filter(object_id=attempt.pk).update(
        state="done", result_id=f"po_{attempt.pk}", first_sent_at=at
    )
    assert sending._confirm(attempt.pk, facts(attempt), at=at)
    schedule.refresh_from_db()
    return schedule


def arrived(schedule: PayoutSchedule, *, at: datetime = DUE) -> PayoutSchedule:
    """The bank has it."""
    assert record_payout_paid(facts(schedule.payout), account=schedule.destination_account, at=at)
    schedule.refresh_from_db()
    return schedule


def sent_back(schedule: PayoutSchedule, code: str, *, at: datetime = DUE) -> PayoutSchedule:
    """The bank does not keep it."""
    told = facts(schedule.payout, "failed", failure_code=code)
    assert record_payout_failed(told, account=schedule.destination_account, at=at)
    schedule.refresh_from_db()
    return schedule


def facts(attempt: PayoutAttempt | None, status: str = "paid", **changed: object) -> PayoutFacts:
    """What Stripe tells of an attempt's payout."""
    assert attempt is not None
    told = {
        "id": f"po_{attempt.pk}",
        "status": status,
        "amount_minor": attempt.amount_minor,
        "currency": attempt.currency,
        "destination": attempt.destination_bank,
        "arrival_date": date(2026, 12, 1),
        "failure_code": "",
        "attempt_id": attempt.pk,
    }
    return PayoutFacts(**(told | changed))  # type: ignore[arg-type]


def account_of(schedule: PayoutSchedule) -> str:
    return schedule.destination_account
