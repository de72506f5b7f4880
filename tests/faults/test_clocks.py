"""Our clock is five minutes off, either way: nothing is lost, nothing waits, and nothing is done twice."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from config.worker import DUTIES, database_clock
from gateway.client import stripe_client
from inbox.models import Message
from notifications.delivery import CLAIM, _claim
from notifications.models import Letter
from payments.initiation import start_payment
from payments.models import PaymentIntent, Transaction
from tests.api.asking import a_sale, refused
from tests.cast import Cast, a_charged_payment, a_won_bid, deliver, intent_event
from tests.payments.test_webhooks import SECRET, post
from tests.treasury.conftest import market
from tests.treasury.market import AT_ONCE, Market
from treasury.missed_events import POLLER, poll_events
from treasury.models import Watermark

__all__ = ["market"]

# A little more than five minutes: beyond what a signature may differ by.
OFF = timedelta(seconds=310)


def do(name: str) -> int:
    """As the worker does it, by the clock that it reads."""
    duty = DUTIES[name]
    return duty.do(duty.clock(), threading.Event())


@pytest.fixture(params=[OFF, -OFF], ids=["fast", "slow"])
def wrong_clock(request: pytest.FixtureRequest) -> Iterator[timedelta]:
    with time_machine.travel(timezone.now() + request.param):
        yield request.param


def drain() -> None:
    while do("drain"):
        pass


def test_what_was_received_by_a_wrong_clock_is_handled_at_once(cast: Cast, wrong_clock: timedelta) -> None:
    payment = a_charged_payment(a_won_bid(cast.bo, cast.saga, at=timezone.now()), at=timezone.now())
    deliver(intent_event(payment, at=timezone.now()), at=timezone.now())

    assert do("drain") == 1

    assert PaymentIntent.objects.get().outcome == "sale"


def test_what_a_right_clock_received_is_handled_at_once_by_a_worker_whose_clock_is_wrong(cast: Cast) -> None:
    at = timezone.now()
    payment = a_charged_payment(a_won_bid(cast.bo, cast.saga, at=at), at=at)
    deliver(intent_event(payment, at=at), at=at)

    with time_machine.travel(at - OFF):
        assert do("drain") == 1


def test_a_letter_that_one_worker_has_is_not_taken_by_another_whose_clock_is_fast(cast: Cast) -> None:
    a_sale(cast.bo, cast.saga)
    do("letters")
    Letter.objects.filter(pk=Letter.objects.order_by("pk")[1].pk).update(state="sent", sent_at=timezone.now())
    assert len(_claim(limit=1, at=DUTIES["letters"].clock())) == 1

    with time_machine.travel(timezone.now() + OFF):
        assert OFF > CLAIM
        do("letters")

    assert Letter.objects.filter(state="waiting", tries=1).count() == 1


def test_the_worker_reads_the_clock_of_the_database(cast: Cast, wrong_clock: timedelta) -> None:
    assert abs(timezone.now() - database_clock() - wrong_clock) < timedelta(seconds=30)
    assert {name for name, duty in DUTIES.items() if duty.clock is database_clock} == {"drain", "letters"}


def test_a_webhook_that_is_refused_for_its_time_is_asked_for_and_kept_once(
    cast: Cast, market: Market, settings
) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = (SECRET,)
    right = timezone.now()
    payment = start_payment(a_won_bid(cast.bo, cast.saga, at=right), buyer=cast.bo, at=right).payment
    market.sandbox.confirm_intent(payment.stripe_payment_intent_id or "", payment_method=AT_ONCE)
    told = stripe_client().v1.events.list({"type": "payment_intent.succeeded"}).data[0]
    event = json.loads(str(told))

    for off in (OFF, -OFF):
        with time_machine.travel(right + off):
            refused(post(event, at=right), 400, "delivery_refused")
            poll_events(at=timezone.now())
            drain()
    assert Watermark.objects.get(name=POLLER).at <= timezone.now()  # By Stripe's time, not by ours.
    post(event, at=timezone.now())
    poll_events(at=timezone.now())
    drain()

    assert Message.objects.filter(event_id=event["id"]).count() == 1
    assert (PaymentIntent.objects.get().outcome, Transaction.objects.count()) == ("sale", 2)


def test_what_happens_while_the_clock_is_wrong_is_read_when_it_is_right_again(
    cast: Cast, market: Market
) -> None:
    """A fast clock must not move the mark past what Stripe has not told yet."""
    right = timezone.now()
    for off in (OFF, -OFF):
        poll_events(at=right + off)
        at = timezone.now()
        payment = start_payment(a_won_bid(cast.bo, cast.saga, at=at), buyer=cast.bo, at=at).payment
        market.sandbox.confirm_intent(payment.stripe_payment_intent_id or "", payment_method=AT_ONCE)
        poll_events(at=right)
        drain()

        payment.refresh_from_db()
        assert payment.outcome == "sale"
