"""Who may begin to pay what, until when; and what Stripe already knows is not begun again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from auctions.models import Bid
from gateway.client import StripeAway, stripe_client
from payments import initiation
from payments.confirmation import confirm_payment
from payments.initiation import (
    AlreadyPaid,
    BidExpired,
    BidNotWon,
    NotYourBid,
    PaymentRefused,
    StartedPayment,
    start_payment,
)
from payments.models import PaymentIntent, Transaction
from tests.browser.sandbox_process import Sandbox
from tests.cast import NOON, Cast, a_won_bid

TWO_DAYS = timedelta(hours=48)


@pytest.fixture
def at() -> datetime:
    return timezone.now()


@pytest.fixture
def started(cast: Cast, stripe_at: Sandbox, at: datetime) -> StartedPayment:
    return start_payment(a_won_bid(cast.bo, cast.saga, at=at), buyer=cast.bo, at=at)


def pay(stripe_at: Sandbox, started: StartedPayment, card: str = "pm_card_visa") -> None:
    stripe_at.confirm_intent(started.payment.stripe_payment_intent_id or "", payment_method=card)


def test_what_somebody_else_has_won_is_not_found(cast: Cast) -> None:
    with pytest.raises(NotYourBid):
        start_payment(a_won_bid(cast.bo, cast.saga), buyer=cast.mallory, at=NOON)


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        ("active", BidNotWon),
        ("outbid", BidNotWon),
        ("lost", BidNotWon),
        ("expired", BidExpired),
        ("paid", AlreadyPaid),
    ],
)
def test_only_a_won_bid_is_paid(cast: Cast, status: str, refusal: type[PaymentRefused]) -> None:
    bid = a_won_bid(cast.bo, cast.saga)
    Bid.objects.update(status=status, paid_at=NOON if status == "paid" else None)

    with pytest.raises(refusal):
        start_payment(bid, buyer=cast.bo, at=NOON)
    assert not PaymentIntent.objects.exists()


def test_at_the_end_of_its_time_nothing_is_begun(cast: Cast) -> None:
    with pytest.raises(BidExpired):
        start_payment(a_won_bid(cast.bo, cast.saga), buyer=cast.bo, at=NOON + TWO_DAYS)


def test_what_was_begun_in_time_is_met_again_afterwards(
    cast: Cast, started: StartedPayment, at: datetime
) -> None:
    again = start_payment(started.payment.bid, buyer=cast.bo, at=at + TWO_DAYS)

    assert (again.payment, again.made) == (started.payment, False)


def test_what_is_paid_at_stripe_is_completed_and_not_handed_out_again(
    cast: Cast, stripe_at: Sandbox, started: StartedPayment, at: datetime
) -> None:
    pay(stripe_at, started)

    with pytest.raises(AlreadyPaid):
        start_payment(started.payment.bid, buyer=cast.bo, at=at)
    assert Transaction.objects.count() == 2


def test_another_amount_than_ours_is_believed_by_nobody(
    cast: Cast, stripe_at: Sandbox, started: StartedPayment, at: datetime
) -> None:
    stripe_id = started.payment.stripe_payment_intent_id or ""
    stripe_client().v1.payment_intents.update(stripe_id, {"amount": 2_200_000})
    pay(stripe_at, started)

    with pytest.raises(StripeAway, match="disagrees"):
        start_payment(started.payment.bid, buyer=cast.bo, at=at)
    assert confirm_payment(started.payment, at=at).status == "requires_payment_method"
    assert not Transaction.objects.exists()


def test_of_two_answers_the_first_on_the_row_is_the_payments(
    stripe_at: Sandbox, started: StartedPayment, at: datetime
) -> None:
    first = stripe_at.create_intent()["id"]
    PaymentIntent.objects.update(stripe_payment_intent_id=first)
    started.payment.stripe_payment_intent_id = None  # As it was read before the first answer came.

    assert initiation._facts_at_stripe(started.payment, at=at).id == first
    assert PaymentIntent.objects.get().stripe_payment_intent_id == first


def test_a_decline_is_seen_when_its_buyer_asks(
    stripe_at: Sandbox, started: StartedPayment, at: datetime
) -> None:
    with pytest.raises(Exception, match="402"):
        pay(stripe_at, started, card="pm_card_chargeDeclined")

    told = confirm_payment(started.payment, at=at)

    assert told.status == "requires_payment_method"
    assert told.last_error is not None and told.last_error["code"] == "card_declined"


def test_stripe_is_not_asked_about_what_is_settled_or_was_never_made(
    cast: Cast, stripe_at: Sandbox, started: StartedPayment, fault: Callable[..., None], at: datetime
) -> None:
    pay(stripe_at, started)
    assert confirm_payment(started.payment, at=at).outcome == "sale"
    unmade, _ = initiation._make_row(a_won_bid(cast.bo, cast.saga, at=at), at=at)

    fault(
        "reset_before", method="GET", path=f"/v1/payment_intents/{started.payment.stripe_payment_intent_id}"
    )

    assert confirm_payment(PaymentIntent.objects.get(pk=started.payment.pk), at=at).outcome == "sale"
    assert confirm_payment(unmade, at=at).status == "requires_payment_method"
