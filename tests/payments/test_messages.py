"""Events of Stripe become what they should, in any order, however often, and only if they agree with us."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auctions.models import Bid
from events.models import Event
from inbox.handling import handle_waiting
from inbox.models import Message
from ledger.balances import balance_minor
from ledger.models import Journal
from payments.models import PaymentIntent, Transaction
from payments.webhooks import HANDLERS
from payouts.models import PayoutSchedule
from tests.cast import NOON, Cast, a_payment, a_won_bid, deliver, event_of, intent_event
from tests.databases import PROJECT


def drain(*, at=NOON) -> int:
    return handle_waiting(HANDLERS, limit=100, at=at)


@pytest.fixture
def payment(cast: Cast) -> PaymentIntent:
    return a_payment(a_won_bid(cast.bo, cast.saga))


def the_message() -> Message:
    return Message.objects.get()


def test_a_success_completes_the_payment(payment: PaymentIntent) -> None:
    deliver(intent_event(payment))

    assert drain() == 1

    payment.refresh_from_db()
    assert (payment.status, payment.outcome) == ("succeeded", "sale")
    assert the_message().state == "handled"
    assert Transaction.objects.count() == 2


def test_a_webhook_told_twice_books_the_money_once(payment: PaymentIntent) -> None:
    deliver(intent_event(payment, event_id="evt_one"))
    drain()
    deliver(intent_event(payment, event_id="evt_one"))
    deliver(intent_event(payment, event_id="evt_sent_again_by_hand"))

    drain()

    assert balance_minor("platform:commission") == 77_000
    assert Message.objects.filter(state="handled").count() == 2


def test_many_messages_of_one_payment_in_one_set_book_it_once(payment: PaymentIntent) -> None:
    deliver(*[intent_event(payment) for _ in range(20)])

    drain()

    assert balance_minor("stripe:clearing") == 1_100_000


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"amount": 1, "amount_received": 1}, "1 of 1 was received"),
        ({"amount_received": 1_099_999}, "1099999 of 1100000"),
        ({"currency": "nok"}, "The currency is NOK"),
        ({"livemode": True}, "another world"),
        ({"status": "requires_capture"}, "says requires_capture"),
        ({"id": "pi_unknown", "metadata": {}}, "No payment of ours"),
        ({"id": "pi_unknown", "metadata": {"payment": "no id of ours"}}, "No payment of ours"),
        ({"id": "pi_second", "latest_charge": None}, "No payment of ours"),
        ({"id": "pi_second", "amount_received": 0}, "No payment of ours"),
        ({"id": "pi_second", "status": "processing"}, "No payment of ours"),
        ({"latest_charge": None}, "names no charge"),
        ({"amount": "1100000"}, "amount is no whole number"),
        ({"id": None}, "id is missing"),
    ],
)
def test_a_success_that_disagrees_with_us_moves_nothing(
    payment: PaymentIntent, changed: dict[str, object], reason: str
) -> None:
    deliver(intent_event(payment, **changed))

    drain()

    assert the_message().state == "quarantined"
    assert reason in the_message().reason
    assert not Journal.objects.exists()
    assert Bid.objects.get().status == "won"


def test_a_success_of_a_connected_account_is_not_ours(payment: PaymentIntent) -> None:
    deliver(intent_event(payment) | {"account": "acct_somebody"})

    drain()

    assert the_message().state == "quarantined"
    assert not Transaction.objects.exists()


def test_what_came_by_the_door_of_the_connected_accounts_is_not_the_platforms(payment: PaymentIntent) -> None:
    deliver(intent_event(payment), endpoint="connect")

    drain()

    assert the_message().state == "quarantined"
    assert not Transaction.objects.exists()


def test_a_second_success_for_one_bid_is_owed_to_its_buyer_once(payment: PaymentIntent) -> None:
    deliver(intent_event(payment))
    drain()
    second = intent_event(payment, id="pi_second", latest_charge="ch_second")
    deliver(second, second | {"id": "evt_again"})

    drain()

    returned = PaymentIntent.objects.get(stripe_payment_intent_id="pi_second")
    assert (returned.status, returned.outcome, returned.bid_id) == ("succeeded", "returned", payment.bid_id)
    assert balance_minor("buyers:refunds") == 1_100_000
    assert balance_minor("platform:commission") == 77_000
    assert Transaction.objects.count() == 2


def test_a_second_success_is_owed_as_it_was_received(payment: PaymentIntent) -> None:
    received = {"amount": 900, "amount_received": 900, "currency": "nok", "latest_charge": "ch_second"}
    deliver(intent_event(payment, id="pi_second", **received))

    drain()

    assert balance_minor("buyers:refunds", "NOK") == 900
    assert balance_minor("buyers:refunds") == 0


def test_a_second_success_of_a_connected_account_is_owed_by_nobody_here(payment: PaymentIntent) -> None:
    deliver(intent_event(payment, id="pi_second", latest_charge="ch_second") | {"account": "acct_1"})

    drain()

    assert the_message().state == "quarantined"
    assert PaymentIntent.objects.count() == 1


@pytest.mark.parametrize("kind", ["payment_intent.canceled", "payment_intent.payment_failed"])
def test_what_a_connected_account_tells_of_an_intent_changes_nothing(
    payment: PaymentIntent, kind: str
) -> None:
    deliver(intent_event(payment, kind) | {"account": "acct_somebody"})
    deliver(intent_event(payment, kind), endpoint="connect")

    drain()

    assert set(Message.objects.values_list("state", flat=True)) == {"quarantined"}
    payment.refresh_from_db()
    assert (payment.status, payment.last_error) == ("requires_payment_method", None)


def test_what_is_followed_is_what_the_readme_tells_to_subscribe() -> None:
    readme = (PROJECT / "README.md").read_text()
    told = {word for block in readme.split("```")[1::2] for word in block.split() if "." in word}

    assert HANDLERS.keys() == {word for word in told if word.split(".")[0] in KINDS}


KINDS = {"payment_intent", "charge", "account", "payout"}


def test_money_for_a_payment_that_was_canceled_here_is_owed_to_its_buyer(payment: PaymentIntent) -> None:
    PaymentIntent.objects.update(status="canceled")
    deliver(intent_event(payment))

    drain()

    payment.refresh_from_db()
    assert (payment.status, payment.outcome) == ("succeeded", "returned")
    assert balance_minor("buyers:refunds") == 1_100_000


def test_a_cancellation_told_for_an_earlier_moment_still_counts(payment: PaymentIntent) -> None:
    deliver(intent_event(payment, "payment_intent.processing", at=NOON + timedelta(seconds=5)))
    drain(at=NOON + timedelta(minutes=1))
    deliver(intent_event(payment, "payment_intent.canceled", at=NOON))

    drain(at=NOON + timedelta(minutes=1))

    assert PaymentIntent.objects.get().status == "canceled"


def test_a_status_we_do_not_know_is_set_aside(payment: PaymentIntent) -> None:
    deliver(intent_event(payment, "payment_intent.processing", status="requires_capture"))

    drain()

    assert the_message().state == "quarantined"


@pytest.mark.parametrize("kind", HANDLERS)
@pytest.mark.parametrize("data", [None, {}, {"object": None}, {"object": {}}])
def test_an_event_about_nothing_is_set_aside(db: None, kind: str, data: object) -> None:
    deliver(event_of(kind, {}) | {"data": data})

    drain()

    assert the_message().state == "quarantined"


def test_odd_values_of_a_genuine_success_do_not_stop_it(payment: PaymentIntent) -> None:
    deliver(intent_event(payment) | {"created": 2**39})

    drain()

    assert PaymentIntent.objects.get().outcome == "sale"


def test_a_disagreeing_message_stops_none_of_its_neighbours(cast: Cast) -> None:
    payments = [a_payment(a_won_bid(cast.bo, cast.saga)) for _ in range(5)]
    deliver(*[intent_event(p, **({"amount": 1} if p is payments[2] else {})) for p in payments])

    drain()

    assert Message.objects.filter(state="handled").count() == 4
    assert balance_minor("platform:commission") == 4 * 77_000


def test_a_success_told_before_stripes_answer_reached_us_is_known_by_our_own_id(cast: Cast) -> None:
    payment = a_payment(a_won_bid(cast.bo, cast.saga))
    event = intent_event(payment)
    PaymentIntent.objects.filter(pk=payment.pk).update(stripe_payment_intent_id=None)
    deliver(event)

    drain()

    told = PaymentIntent.objects.get()
    assert (told.status, told.stripe_payment_intent_id) == ("succeeded", payment.stripe_payment_intent_id)


def test_a_type_nobody_follows_is_ignored(db: None) -> None:
    deliver(event_of("price.updated", {"id": "price_1", "object": "price"}))

    drain()

    assert the_message().state == "ignored"


def test_a_decline_is_shown_and_forgotten_when_the_payment_succeeds(payment: PaymentIntent) -> None:
    deliver(intent_event(payment, "payment_intent.payment_failed"))
    drain()
    payment.refresh_from_db()
    assert payment.last_error is not None and payment.last_error["code"] == "card_declined"

    deliver(intent_event(payment, at=NOON + timedelta(seconds=5)))
    drain()

    payment.refresh_from_db()
    assert (payment.status, payment.last_error) == ("succeeded", None)


def test_two_declines_leave_two_lines_in_the_diary(payment: PaymentIntent) -> None:
    for seconds in (1, 60):
        deliver(intent_event(payment, "payment_intent.payment_failed", at=NOON + timedelta(seconds=seconds)))
        drain()

    assert Event.objects.filter(kind="payment.declined", subject_id=payment.pk).count() == 2


STORY = [
    ("payment_intent.created", 0),
    ("payment_intent.requires_action", 1),
    ("payment_intent.processing", 2),
    ("payment_intent.payment_failed", 3),
    ("payment_intent.processing", 4),
]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.permutations(range(len(STORY) + 1)),
    repeated=st.lists(st.integers(0, len(STORY)), max_size=4),
    cut=st.integers(0, 8),
)
def test_any_order_and_repetition_of_a_story_with_a_success_ends_in_one_state(
    cast: Cast, order: list[int], repeated: list[int], cut: int
) -> None:
    payment = a_payment(a_won_bid(cast.bo, cast.saga))
    story = [intent_event(payment, kind, at=NOON + timedelta(seconds=s)) for kind, s in STORY]
    story.append(intent_event(payment, at=NOON + timedelta(seconds=9)))
    told = [story[i] for i in [*order, *repeated]]

    for part in (told[:cut], told[cut:]):
        deliver(*part) if part else None
        drain(at=NOON + timedelta(minutes=1))

    payment.refresh_from_db()
    assert (payment.status, payment.outcome, payment.last_error) == ("succeeded", "sale", None)
    assert payment.transactions.count() == 2
    told_of_it = Message.objects.filter(object_id=payment.stripe_payment_intent_id)
    assert set(told_of_it.values_list("state", flat=True)) == {"handled"}
    assert Bid.objects.get(pk=payment.bid_id).status == "paid"
    assert Journal.objects.filter(key=f"payment:{payment.pk}").count() == 1


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(len(STORY))), cut=st.integers(0, len(STORY)))
def test_any_order_of_a_story_without_a_success_ends_with_its_newest_word(
    cast: Cast, order: list[int], cut: int
) -> None:
    payment = a_payment(a_won_bid(cast.bo, cast.saga))
    story = [intent_event(payment, kind, at=NOON + timedelta(seconds=s)) for kind, s in STORY]

    for part in (order[:cut], order[cut:]):
        deliver(*[story[i] for i in part]) if part else None
        drain(at=NOON + timedelta(minutes=1))

    payment.refresh_from_db()
    assert (payment.status, payment.last_error) == ("processing", None)


def test_deliveries_and_drainers_in_a_crowd_book_the_money_once(own_cast: Cast) -> None:
    payment = a_payment(a_won_bid(own_cast.bo, own_cast.saga))
    start = threading.Barrier(20)

    def deliver_and_drain(number: int) -> None:
        start.wait()
        try:
            deliver(intent_event(payment, event_id=f"evt_{number % 5}"))
            drain()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as threads:
        list(threads.map(deliver_and_drain, range(20)))
    for hours in range(1, 9):  # What lost a race waits for its next try.
        drain(at=NOON + timedelta(hours=hours))

    assert Message.objects.filter(state="handled").count() == 5
    assert balance_minor("stripe:clearing") == 1_100_000
    assert Transaction.objects.count() == 2
    assert PayoutSchedule.objects.get().total_minor == 1_023_000


def test_the_body_is_kept_to_the_byte(payment: PaymentIntent) -> None:
    event = intent_event(payment)
    deliver(event)

    assert bytes(the_message().body) == json.dumps(event).encode()
