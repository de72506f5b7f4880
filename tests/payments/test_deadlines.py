"""The time to pay passes: Stripe is asked first, and only what is canceled there expires here."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from auctions.closing import TIME_TO_PAY
from auctions.models import Bid
from events.models import Event
from gateway.client import stripe_client
from gateway.models import StripeCall
from payments import deadlines
from payments.completion_services.payment_completion import PaymentCompletionService
from payments.confirmation import confirm_payment
from payments.deadlines import expire_unpaid_wins, remind_of_unpaid_wins
from payments.initiation import AmountNotAccepted, BidExpired, StartedPayment, _make_row, start_payment
from payments.models import PaymentIntent, Transaction
from tests import local
from tests.browser.sandbox_process import Sandbox
from tests.cast import Cast, a_charged_payment, a_payment, a_won_bid

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


def test_whoever_has_not_paid_a_day_before_the_end_is_reminded_once(cast: Cast, at: datetime) -> None:
    bid = a_won_bid(cast.bo, cast.saga, at=at)
    a_day_before = at + timedelta(hours=24)

    assert remind_of_unpaid_wins(limit=9, at=a_day_before - timedelta(seconds=1)) == 0
    assert [remind_of_unpaid_wins(limit=9, at=a_day_before) for _ in range(2)] == [1, 0]
    told = Event.objects.get(kind="bid.due_soon")
    assert (told.subject_id, told.audience) == (str(bid.auction_id), [cast.bo.pk])
    assert remind_of_unpaid_wins(limit=9, at=at + TIME_TO_PAY) == 0


@pytest.mark.parametrize("status", ["processing", "requires_payment_method"])
def test_whose_money_is_on_its_way_is_not_reminded(cast: Cast, at: datetime, status: str) -> None:
    payment = a_payment(a_won_bid(cast.bo, cast.saga, at=at), at=at)
    PaymentIntent.objects.filter(pk=payment.pk).update(status=status)

    reminded = remind_of_unpaid_wins(limit=9, at=at + timedelta(hours=30))
    assert reminded == (status == "requires_payment_method")


def test_what_is_paid_or_over_is_not_reminded_of(cast: Cast, at: datetime) -> None:
    paid = a_charged_payment(a_won_bid(cast.bo, cast.saga, at=at), at=at)
    PaymentCompletionService.process_payment_completion(paid, at=at)
    a_won_bid(cast.bo, cast.saga, at=at - THREE_DAYS)

    assert remind_of_unpaid_wins(limit=9, at=at + timedelta(hours=30)) == 0


def test_many_are_reminded_some_at_a_time_and_each_once(cast: Cast, at: datetime) -> None:
    for _ in range(3):
        a_won_bid(cast.bo, cast.saga, at=at)
    later = at + timedelta(hours=30)

    assert [remind_of_unpaid_wins(limit=2, at=later) for _ in range(3)] == [2, 1, 0]


def test_two_who_remind_at_once_remind_once(own_cast: Cast, at: datetime) -> None:
    for _ in range(5):
        a_won_bid(own_cast.bo, own_cast.saga, at=at)
    together = threading.Barrier(4)

    def remind(_: int) -> int:
        together.wait()
        try:
            return remind_of_unpaid_wins(limit=9, at=at + timedelta(hours=30))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(remind, range(4))) == 5
    assert Event.objects.filter(kind="bid.due_soon").count() == 5


def test_what_is_to_be_paid_is_found_by_its_index(cast: Cast, at: datetime) -> None:
    with CaptureQueriesContext(connection) as seen:
        expire_unpaid_wins(limit=9, at=at)
        remind_of_unpaid_wins(limit=9, at=at)
    bids = [one["sql"] for one in seen.captured_queries if 'FROM "auctions_bid"' in one["sql"]]
    assert len(bids) == 2
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for sql in bids:
            cursor.execute(f"EXPLAIN {sql}")
            assert "bid_to_be_paid" in "".join(line for (line,) in cursor.fetchall())


def test_a_win_nobody_began_to_pay_expires(cast: Cast, at: datetime) -> None:
    bid = a_won_bid(cast.bo, cast.saga, at=at)

    assert expire_unpaid_wins(limit=9, at=at) == 0
    assert expire_unpaid_wins(limit=9, at=at + THREE_DAYS) == 1
    assert expire_unpaid_wins(limit=9, at=at + THREE_DAYS) == 0
    assert bid_status() == "expired"
    assert Event.objects.filter(kind="bid.expired", audience=sorted([cast.bo.pk, cast.saga.pk])).count() == 1
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


def test_a_payment_that_is_being_begun_is_waited_for(own_cast: Cast, at: datetime) -> None:
    bid = a_won_bid(own_cast.bo, own_cast.saga, at=at)

    def let_go() -> bool:
        try:
            return deadlines._let_go(bid, at=at + THREE_DAYS)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            Bid.objects.select_for_update().get()
            _make_row(bid, at=at)
            answer = threads.submit(let_go)
            time.sleep(0.5)
        assert not answer.result()
    assert bid_status() == "won"


def test_a_payment_that_stripe_knows_keeps_the_win_though_the_last_call_was_refused(
    cast: Cast, at: datetime
) -> None:
    bid = a_won_bid(cast.bo, cast.saga, at=at)
    a_payment(bid, at=at)
    StripeCall.objects.update(state="refused", first_sent_at=at)

    assert not deadlines._let_go(bid, at=at + THREE_DAYS)
    assert bid_status() == "won"


def test_a_payment_that_stripe_would_not_make_ends_with_the_win(
    cast: Cast, stripe_at: Sandbox, at: datetime
) -> None:
    bid = a_won_bid(cast.bo, cast.saga, at=at, currency="HUF", reserve_minor=None, amount_minor=1)
    with pytest.raises(AmountNotAccepted):
        start_payment(bid, buyer=cast.bo, at=at)

    assert expire_unpaid_wins(limit=9, at=at + THREE_DAYS) == 1

    assert bid_status() == "expired"
    assert PaymentIntent.objects.get().status == "canceled"


def test_a_win_that_was_paid_a_moment_ago_is_not_let_go(cast: Cast, at: datetime) -> None:
    bid = a_won_bid(cast.bo, cast.saga, at=at)
    PaymentCompletionService.process_payment_completion(a_charged_payment(bid, at=at), at=at)

    assert not deadlines._let_go(bid, at=at + THREE_DAYS)
    assert bid_status() == "paid"
    assert not Event.objects.filter(kind="bid.expired").exists()


def test_a_payment_that_stripe_does_not_know_waits_and_stops_nobody(
    cast: Cast, stripe_at: Sandbox, at: datetime
) -> None:
    a_payment(a_won_bid(cast.bo, cast.saga, at=at), at=at)

    assert expire_unpaid_wins(limit=9, at=at + THREE_DAYS) == 0
    assert bid_status() == "won"


def test_a_payment_that_waits_for_its_buyers_approval_is_canceled_too(
    started: StartedPayment, stripe_at: Sandbox, at: datetime
) -> None:
    stripe_id = started.payment.stripe_payment_intent_id or ""
    stripe_at.confirm_intent(stripe_id, payment_method="pm_card_authenticationRequired")
    assert at_stripe(started) == "requires_action"

    assert expire_unpaid_wins(limit=9, at=at + THREE_DAYS) == 1
    assert (bid_status(), at_stripe(started)) == ("expired", "canceled")


def test_a_set_is_bounded(cast: Cast, at: datetime) -> None:
    for _ in range(3):
        a_won_bid(cast.bo, cast.saga, at=at)

    assert expire_unpaid_wins(limit=2, at=at + THREE_DAYS) == 2
    assert Bid.objects.filter(status="won").count() == 1


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
    local.delete(f"{stripe_at.origin}/sandbox/faults")

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


def test_asked_by_a_crowd_the_money_is_booked_once(own_cast: Cast, stripe_at: Sandbox, at: datetime) -> None:
    payment = start_payment(a_won_bid(own_cast.bo, own_cast.saga, at=at), buyer=own_cast.bo, at=at).payment
    stripe_at.confirm_intent(payment.stripe_payment_intent_id or "", payment_method="pm_card_visa")
    start = threading.Barrier(8)

    def ask(_: int) -> str | None:
        start.wait()
        try:
            return confirm_payment(payment, at=at).outcome
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(ask, range(8))) == {"sale"}
    assert Transaction.objects.count() == 2
