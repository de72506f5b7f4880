"""The time to pay passes: Stripe is asked first, and only what is canceled there expires here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import httpx
import pytest
from django.utils import timezone

from auctions.models import Bid
from gateway.client import stripe_client
from payments import deadlines
from payments.confirmation import confirm_payment
from payments.deadlines import expire_unpaid_wins
from payments.initiation import BidExpired, StartedPayment, _make_row, start_payment
from payments.models import PaymentIntent, Transaction
from tests.browser.sandbox_process import Sandbox
from tests.cast import Cast, a_won_bid

THREE_DAYS = timedelta(days=3)


@pytest.fixture
def at() -> datetime:
    return timezone.now()


@pytest.fixture
def started(cast: Cast, stripe_at: Sandbox, at: datetime) -> StartedPayment:
    return start_payment(a_won_bid(cast.bo, cast.saga, at=at), buyer=cast.bo, at=at)


def bid_status() -> str:
    return Bid.objects.get().status


def at_stripe(started: StartedPayment) -> str:
    return stripe_client().v1.payment_intents.retrieve(started.payment.stripe_payment_intent_id or "").status


def test_a_win_nobody_began_to_pay_expires(cast: Cast, at: datetime) -> None:
    bid = a_won_bid(cast.bo, cast.saga, at=at)

    assert expire_unpaid_wins(limit=9, at=at) == 0
    assert expire_unpaid_wins(limit=9, at=at + THREE_DAYS) == 1
    assert expire_unpaid_wins(limit=9, at=at + THREE_DAYS) == 0
    assert bid_status() == "expired"
    with pytest.raises(BidExpired):
        start_payment(bid, buyer=cast.bo, at=at + THREE_DAYS)


def test_a_begun_payment_is_canceled_at_stripe_before_the_win_expires(
    started: StartedPayment, at: datetime
) -> None:
    assert expire_unpaid_wins(limit=9, at=at + THREE_DAYS) == 1

    assert at_stripe(started) == "canceled"
    assert PaymentIntent.objects.get().status == "canceled"
    assert bid_status() == "expired"


def test_a_payment_made_at_the_last_moment_completes_the_sale(
    started: StartedPayment, stripe_at: Sandbox, at: datetime
) -> None:
    stripe_at.confirm_intent(started.payment.stripe_payment_intent_id or "", payment_method="pm_card_visa")

    expire_unpaid_wins(limit=9, at=at + THREE_DAYS)

    assert bid_status() == "paid"
    assert Transaction.objects.count() == 2


def test_a_payment_begun_at_the_last_moment_keeps_the_win(cast: Cast, at: datetime) -> None:
    bid = a_won_bid(cast.bo, cast.saga, at=at)
    _make_row(bid, at=at)  # Committed, and Stripe is about to be asked.

    assert not deadlines._let_go(bid, at=at + THREE_DAYS)
    assert bid_status() == "won"


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "500_after"])
def test_without_a_definite_answer_the_win_waits(
    started: StartedPayment, fault: Callable[..., None], at: datetime, kind: str
) -> None:
    fault(kind, path=f"/v1/payment_intents/{started.payment.stripe_payment_intent_id}/cancel")

    assert expire_unpaid_wins(limit=9, at=at + THREE_DAYS) == 0
    assert bid_status() == "won"
    assert expire_unpaid_wins(limit=9, at=at + THREE_DAYS) == 1
    assert (bid_status(), at_stripe(started)) == ("expired", "canceled")


def test_a_payment_whose_answer_was_lost_is_found_and_canceled(
    cast: Cast, stripe_at: Sandbox, fault: Callable[..., None], at: datetime
) -> None:
    bid = a_won_bid(cast.bo, cast.saga, at=at)
    fault("reset_after")
    with pytest.raises(Exception, match="no definite answer"):
        start_payment(bid, buyer=cast.bo, at=at)
    httpx.delete(f"{stripe_at.origin}/sandbox/faults")

    assert expire_unpaid_wins(limit=9, at=at + THREE_DAYS) == 1

    payment = PaymentIntent.objects.get()
    assert payment.status == "canceled"
    assert at_stripe(StartedPayment(payment, "", made=False)) == "canceled"


def test_asked_by_the_buyer_stripes_success_completes_the_sale(
    started: StartedPayment, stripe_at: Sandbox, at: datetime
) -> None:
    assert confirm_payment(started.payment, at=at).status == "requires_payment_method"
    stripe_at.confirm_intent(started.payment.stripe_payment_intent_id or "", payment_method="pm_card_visa")

    assert confirm_payment(started.payment, at=at).outcome == "sale"
    assert confirm_payment(started.payment, at=at).outcome == "sale"
    assert Transaction.objects.count() == 2
