"""What operators see and may do over HTTP."""

from __future__ import annotations

import pytest

from events.models import Event
from inbox.models import Message
from tests.api.asking import Asking, a_sale, refused
from tests.cast import Cast, deliver, event_of

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


def test_a_message_that_waits_is_not_let_in_again(olga: Asking, message: Message) -> None:
    refused(olga.post(f"{ADMIN}events/{message.pk}/replay/", {"reason": "why"}), 409, "not_stopped")
    refused(olga.post(f"{ADMIN}events/999/replay/", {"reason": "why"}), 404, "not_found")
    refused(olga.post(f"{ADMIN}events/{message.pk}/replay/", {"reason": ""}), 422, "invalid")
    assert not Event.objects.filter(kind="message.replayed").exists()
