"""What was begun at Stripe and left in doubt comes to a definite end, though nobody comes back to it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connections
from django.utils import timezone

from audit.auditing import audit_all
from config.worker import ALL_HANDLERS
from gateway.client import StripeAway, stripe_client
from gateway.models import StripeCall
from inbox.handling import handle_waiting
from payments.deadlines import expire_unpaid_wins
from payments.initiation import start_payment
from payments.models import PaymentIntent
from payouts.models import ConnectedAccount
from payouts.onboarding import begin_onboarding
from tests.cast import Cast, a_won_bid
from tests.faults.life import dies_of
from tests.treasury.market import Market
from treasury.missed_events import poll_events
from treasury.sweeping import sweep

A_MINUTE, A_DAY, THREE_DAYS = timedelta(minutes=1), timedelta(days=1), timedelta(days=3)
INTENTS, ACCOUNTS = "/v1/payment_intents", "/v1/accounts"
LOST = ["reset_before", "reset_after", "500_after", "malformed"]


def begin_payment(cast: Cast, *, at: datetime) -> PaymentIntent | None:
    """Bo asks to pay; without an answer Bo is gone."""
    bid = a_won_bid(cast.bo, cast.saga, at=at)
    try:
        return start_payment(bid, buyer=cast.bo, at=at).payment
    except StripeAway:
        return None


def begin_account(cast: Cast, *, at: datetime) -> str:
    return begin_onboarding(cast.saga, return_url="http://a/", refresh_url="http://a/", at=at)


def calls() -> list[tuple[str, str]]:
    return sorted(StripeCall.objects.values_list("purpose", "state"))


def intents_at_stripe() -> list[str]:
    return [intent.status for intent in stripe_client().v1.payment_intents.list({"limit": 100}).data]


@pytest.mark.parametrize("kind", LOST)
def test_a_payment_whose_buyer_is_gone_is_made_once(cast: Cast, market: Market, kind: str) -> None:
    at = timezone.now()
    market.fault(kind, method="POST", path=INTENTS)
    assert begin_payment(cast, at=at) is None

    assert sweep(limit=9, at=at) == 0  # The one who began it may be at it still.
    assert sweep(limit=9, at=at + A_MINUTE) == 1

    assert PaymentIntent.objects.get().stripe_payment_intent_id is not None
    assert len(intents_at_stripe()) == 1
    assert not StripeCall.objects.filter(state__in=["sent", "unknown"]).exists()
    assert sweep(limit=9, at=at + A_MINUTE) == 0


@pytest.mark.parametrize("later", [A_MINUTE, A_DAY])
@pytest.mark.parametrize("is_canceled", [False, True])
def test_a_payment_that_a_webhook_named_has_its_call_ended_with_that_name(
    cast: Cast, market: Market, is_canceled: bool, later: timedelta
) -> None:
    at = timezone.now()
    market.fault("reset_after", method="POST", path=INTENTS)
    begin_payment(cast, at=at)
    if is_canceled:
        made = stripe_client().v1.payment_intents.list({"limit": 1}).data[0].id
        stripe_client().v1.payment_intents.cancel(made)
    poll_events(at=at)
    while handle_waiting(ALL_HANDLERS, limit=100, at=timezone.now()):
        pass
    payment = PaymentIntent.objects.get()
    assert payment.stripe_payment_intent_id and calls() == [("payment_intent", "unknown")]

    assert sweep(limit=9, at=at + later) == 1

    assert StripeCall.objects.get().result_id == payment.stripe_payment_intent_id
    assert intents_at_stripe() == ["canceled" if is_canceled else "requires_payment_method"]


@pytest.mark.parametrize("kind", LOST)
def test_an_account_whose_seller_is_gone_is_made_once(cast: Cast, market: Market, kind: str) -> None:
    at = timezone.now()
    market.fault(kind, method="POST", path=ACCOUNTS)
    with pytest.raises(StripeAway):
        begin_account(cast, at=at)

    assert sweep(limit=9, at=at + A_MINUTE) == 1

    (made,) = stripe_client().v1.accounts.list({"limit": 100}).data
    assert ConnectedAccount.objects.get().stripe_account_id == made.id
    assert begin_account(cast, at=at)
    assert len(stripe_client().v1.accounts.list({"limit": 100}).data) == 1


@pytest.mark.parametrize("is_paid", [False, True])
def test_a_cancellation_whose_win_is_over_is_ended_too(cast: Cast, market: Market, is_paid: bool) -> None:
    at = timezone.now()
    payment = begin_payment(cast, at=at)
    assert payment is not None and payment.stripe_payment_intent_id is not None
    stripe_id = payment.stripe_payment_intent_id
    kind = "reset_before" if is_paid else "reset_after"
    market.fault(kind, method="POST", path=f"{INTENTS}/{stripe_id}/cancel")
    late = at + THREE_DAYS
    assert expire_unpaid_wins(limit=9, at=late) == 0
    if is_paid:
        market.sandbox.confirm_intent(stripe_id, payment_method="pm_card_visa")
    poll_events(at=at)
    while handle_waiting(ALL_HANDLERS, limit=100, at=timezone.now()):
        pass
    expire_unpaid_wins(limit=9, at=late)
    assert ("cancel", "unknown") in calls()

    assert sweep(limit=9, at=late + A_MINUTE) == 1

    assert ("cancel", "refused" if is_paid else "done") in calls()
    payment.refresh_from_db()
    assert payment.status == ("succeeded" if is_paid else "canceled")


@pytest.mark.parametrize("point", ["P8.marked_sent", "P9.answered"])
def test_killed_in_the_middle_of_a_request_it_is_no_longer_in_doubt_the_next_day(
    own_cast: Cast, market: Market, point: str
) -> None:
    at = timezone.now()
    assert dies_of(point, lambda: begin_payment(own_cast, at=at))
    assert dies_of(point, lambda: begin_account(own_cast, at=at))
    assert audit_all(at=at + A_DAY) != []

    assert sweep(limit=9, at=at + A_MINUTE) == 2

    assert audit_all(at=at + A_DAY) == []
    assert calls() == [("account", "done"), ("payment_intent", "done")]


def test_while_stripe_is_away_it_waits_and_one_that_must_wait_stands_in_nobodys_way(
    cast: Cast, market: Market
) -> None:
    at = timezone.now()
    market.fault("reset_before", method="POST", path=INTENTS)
    begin_payment(cast, at=at)
    market.fault("reset_before", method="POST", path=ACCOUNTS)
    with pytest.raises(StripeAway):
        begin_account(cast, at=at)
    market.fault("reset_before", method="GET", path=INTENTS)

    assert sweep(limit=9, at=at + A_MINUTE) == 1
    assert sweep(limit=9, at=at + A_MINUTE) == 1
    assert calls() == [("account", "done"), ("payment_intent", "done")]


def test_two_at_once_make_one(own_cast: Cast, market: Market) -> None:
    at = timezone.now()
    market.fault("500_after", method="POST", path=INTENTS)
    begin_payment(own_cast, at=at)
    market.fault("reset_before", method="POST", path=ACCOUNTS)
    with pytest.raises(StripeAway):
        begin_account(own_cast, at=at)
    start = threading.Barrier(4)

    def run(_: int) -> None:
        start.wait()
        try:
            sweep(limit=9, at=at + A_MINUTE)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(run, range(4)))
    sweep(limit=9, at=at + A_MINUTE)

    assert len(intents_at_stripe()) == 1
    assert len(stripe_client().v1.accounts.list({"limit": 100}).data) == 1
    assert StripeCall.objects.filter(state="done").count() == 2


def test_a_look_is_bounded_and_stops_when_it_is_asked_to(cast: Cast, market: Market) -> None:
    at = timezone.now()
    for _ in range(3):
        market.fault("reset_before", method="POST", path=INTENTS)
        begin_payment(cast, at=at)

    assert sweep(limit=9, at=at + A_MINUTE, go_on=lambda: False) == 0
    assert sweep(limit=2, at=at + A_MINUTE) == 2
    assert sweep(limit=2, at=at + A_MINUTE) == 1


@pytest.mark.parametrize("count", [1, 6])
def test_what_is_to_be_done_is_asked_once_however_much_it_is(
    cast: Cast, market: Market, django_assert_num_queries, count: int
) -> None:
    at = timezone.now()
    for _ in range(count):
        market.fault("reset_before", method="POST", path=INTENTS)
        begin_payment(cast, at=at)

    with django_assert_num_queries(3):
        sweep(limit=9, at=at + A_MINUTE, go_on=lambda: False)
