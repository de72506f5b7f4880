"""What operators see and may do over HTTP."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import chain

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from api.stats import EVENTS, PAYMENTS, PAYOUTS
from events.models import Event
from inbox.models import Message
from payments.models import PaymentIntent
from payouts.models import PayoutSchedule
from tests.api.asking import Asking, a_sale, refused
from tests.cast import Cast, a_payment, a_won_bid, deliver, event_of

ADMIN = "/api/payments/admin/"
LISTS = ["pending-payouts/", "payment-intents/", "transactions/", "events/", "audit-log/", "stats/"]


@pytest.fixture
def message(db: None) -> Message:
    deliver(event_of("price.updated", {"id": "price_1"}))
    return Message.objects.get()


def set_aside(message: Message) -> None:
    Message.objects.filter(pk=message.pk).update(
        state="dead", attempts=8, reason="KeyError: x", handled_at=message.received_at
    )


@pytest.mark.parametrize("path", LISTS)
def test_only_operators_look_behind_the_counter(bo: Asking, saga: Asking, olga: Asking, path: str) -> None:
    assert olga.get(ADMIN + path).status_code == 200
    for asking in (bo, saga):
        refused(asking.get(ADMIN + path), 403, "wrong_role")
    refused(Asking().get(ADMIN + path), 401, "not_authenticated")


def test_an_operator_sees_everybodys(olga: Asking, cast: Cast) -> None:
    sale = a_sale(cast.bo, cast.saga)

    assert [one["id"] for one in olga.get(ADMIN + "payment-intents/").json()] == [str(sale.pk)]
    assert olga.get(ADMIN + "payment-intents/", status="canceled").json() == []
    types = {line["transaction_type"] for line in olga.get(ADMIN + "transactions/").json()}
    assert types == {"commission", "payout"}
    assert [one["total_amount"] for one in olga.get(ADMIN + "pending-payouts/").json()] == ["10230.00"]
    diary = olga.get(ADMIN + "audit-log/", kind="payment.completed").json()
    assert [line["subject_id"] for line in diary] == [str(sale.pk)]
    assert olga.get(ADMIN + "audit-log/", subject_type="payment", subject_id=str(sale.pk)).json() != []


def test_the_figures_are_those_of_the_sale(olga: Asking, cast: Cast, message: Message) -> None:
    a_sale(cast.bo, cast.saga)
    told = olga.get(ADMIN + "stats/").json()

    assert (told["payment_intents"]["succeeded"], told["payouts"]["scheduled"]) == (1, 1)
    assert told["events"]["received"] == 1
    assert told["oldest_waiting_event_at"] == message.received_at.isoformat()
    (sums,) = told["by_currency"]
    assert (sums["total_sales"], sums["commission"]) == ("11000.00", "770.00")
    assert (sums["pending_payouts"], sums["completed_payouts"]) == ("10230.00", "0.00")


def test_what_ended_long_ago_is_not_counted_and_what_is_open_is(
    olga: Asking, cast: Cast, message: Message
) -> None:
    long_ago = timezone.now() - timedelta(days=31)
    for at in (timezone.now() - timedelta(days=29), long_ago):
        a_sale(cast.bo, cast.saga, at=at)
        a_payment(a_won_bid(cast.bo, cast.saga, at=at), at=at)
        deliver(event_of("price.updated", {"id": "price_2"}), at=at)
        deliver(event_of("price.updated", {"id": "price_3"}), at=at)
        old = Message.objects.filter(received_at=at).order_by("pk")
        old.filter(object_id="price_2").update(state="handled", handled_at=at)
    Message.objects.filter(object_id="price_3").update(state="dead", handled_at=long_ago)
    told = olga.get(ADMIN + "stats/").json()

    assert told["payment_intents"]["succeeded"] == 1
    assert told["payment_intents"]["requires_payment_method"] == 2
    assert told["payouts"]["scheduled"] == 2
    assert (told["events"]["handled"], told["events"]["dead"], told["events"]["received"]) == (1, 2, 1)
    assert told["by_currency"][0]["total_sales"] == "22000.00"
    assert abs(datetime.fromisoformat(told["since"]) - long_ago) < timedelta(days=1, minutes=1)


def test_a_payout_that_ended_is_counted_by_when_it_was_made(olga: Asking, cast: Cast) -> None:
    for days in (1, 31):
        a_sale(cast.bo, cast.saga, at=timezone.now() - timedelta(days=days))
    PayoutSchedule.objects.update(state="canceled")

    assert olga.get(ADMIN + "stats/").json()["payouts"]["canceled"] == 1


def test_every_state_is_counted() -> None:
    for counted, values in (
        (PAYMENTS, PaymentIntent.Status.values),
        (PAYOUTS, PayoutSchedule.State.values),
        (EVENTS, Message.State.values),
    ):
        told = [*chain.from_iterable(counted.open), *counted.ended]
        assert sorted(told) == sorted(values)


def test_no_count_reads_a_table_from_end_to_end(olga: Asking, db: None) -> None:
    """Where the planner may not, it does not have to: each group of values has its index."""
    with CaptureQueriesContext(connection) as seen:
        olga.get(ADMIN + "stats/")
    plans = []
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for query in seen.captured_queries:
            if query["sql"].startswith("(SELECT") or "MIN(" in query["sql"]:
                cursor.execute("EXPLAIN " + query["sql"])
                plans.append("\n".join(line for (line,) in cursor.fetchall()))

    assert len(plans) == 4
    for plan in plans:
        assert "Seq Scan" not in plan, plan


def test_messages_are_listed_by_state_and_without_their_bodies(olga: Asking, message: Message) -> None:
    (told,) = olga.get(ADMIN + "events/", state="received", type="price.updated").json()

    assert (told["event_id"], told["object_id"], told["attempts"]) == (message.event_id, "price_1", 0)
    assert "body" not in told
    assert olga.get(ADMIN + "events/", state=["dead", "quarantined"]).json() == []


def test_a_message_set_aside_is_let_in_again_with_a_reason(
    olga: Asking, cast: Cast, message: Message
) -> None:
    set_aside(message)
    answer = olga.post(f"{ADMIN}events/{message.pk}/replay/", {"reason": "mended"})

    assert (answer.status_code, answer.json()["state"], answer.json()["attempts"]) == (200, "received", 0)
    line = Event.objects.get(kind="message.replayed")
    assert (line.actor_id, line.subject_id, line.details["reason"]) == (
        cast.olga.pk,
        str(message.pk),
        "mended",
    )
    assert (line.details["before"], line.details["after"]) == ({"state": "dead"}, {"state": "received"})
    mine = olga.get(ADMIN + "audit-log/", actor_id=cast.olga.pk).json()
    assert [one["kind"] for one in mine] == ["message.replayed"]
    assert olga.get(ADMIN + "audit-log/", actor_id=cast.otto.pk).json() == []
    refused(olga.get(ADMIN + "audit-log/", actor_id=0), 422, "invalid")


def test_a_message_that_waits_is_not_let_in_again(olga: Asking, message: Message) -> None:
    refused(olga.post(f"{ADMIN}events/{message.pk}/replay/", {"reason": "why"}), 409, "not_stopped")
    refused(olga.post(f"{ADMIN}events/999999999/replay/", {"reason": "why"}), 404, "not_found")
    refused(olga.post(f"{ADMIN}events/{message.pk}/replay/", {"reason": ""}), 422, "invalid")
    assert not Event.objects.filter(kind="message.replayed").exists()
