"""Moving a seller's money step by step, without Stripe: each step is the product's own."""

from __future__ import annotations

from datetime import date, timedelta

from gateway.models import StripeCall
from gateway.payouts import PayoutFacts
from ledger.balances import balance_minor
from payments.completion_services.payment_completion import PaymentCompletionService
from payouts import sending, transferring
from payouts.models import ConnectedAccount, Earning, PayoutAttempt, PayoutItem, PayoutSchedule
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


def sales_of(cast: Cast, count: int, *, amount_minor: int = 1_100_000) -> None:
    """That many sales of Saga's, completed, their money available at Stripe."""
    payments = [
        a_charged_payment(a_won_bid(cast.bo, cast.saga, amount_minor=amount_minor, reserve_minor=None))
        for _ in range(count)
    ]
    PaymentCompletionService.process_payment_completion(payments, at=NOON)
    Earning.objects.update(available_on=(NOON + timedelta(days=2)).date())


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
    StripeCall.objects.filter(object_id=item.pk, purpose="transfer").update(
        state="done", result_id=f"tr_{item.pk}", first_sent_at=DUE
    )
    transferring._confirm(item, f"tr_{item.pk}", at=DUE)


def refuse(item: PayoutItem, code: str) -> None:
    """Stripe has refused the item's transfer."""
    StripeCall.objects.filter(object_id=item.pk, purpose="transfer", state="intent").update(
        state="refused", first_sent_at=DUE, error_code=code
    )
    transferring._release(item, code, at=DUE)


def transferred(schedule: PayoutSchedule) -> PayoutSchedule:
    """Reserved and transferred whole; not yet sent to the bank."""
    assert reserve(schedule.pk, at=DUE)
    for item in schedule.items.select_related("schedule").filter(state="reserved"):
        transfer(item)
    transferring._conclude(schedule.pk, at=DUE)
    schedule.refresh_from_db()
    return schedule


def in_the_bank(schedule: PayoutSchedule) -> PayoutSchedule:
    """Reserved, transferred and sent; not yet arrived."""
    schedule = transferred(schedule)
    attempt = sending._write_attempt(schedule.pk, at=DUE)
    assert attempt is not None
    assert sending._confirm(attempt.pk, facts(attempt), at=DUE)
    schedule.refresh_from_db()
    return schedule


def facts(attempt: PayoutAttempt | None, status: str = "paid", **changed: object) -> PayoutFacts:
    """What Stripe tells of an attempt's payout."""
    assert attempt is not None
    told = {
        "id": f"po_{attempt.pk}",
        "status": status,
        "amount_minor": attempt.amount_minor,
        "currency": "SEK",
        "destination": attempt.destination_bank,
        "arrival_date": date(2026, 12, 1),
        "failure_code": "",
        "attempt_id": attempt.pk,
    }
    return PayoutFacts(**(told | changed))  # type: ignore[arg-type]


def account_of(schedule: PayoutSchedule) -> str:
    return schedule.destination_account
