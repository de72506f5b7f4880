"""Who may only ask sends nothing, whatever calls it makes and whoever wrote them down."""

from __future__ import annotations

import pytest

from gateway.client import OnlyAsking, only_asking, stripe_client
from gateway.payment_intents import create_payment_intent, creation_of
from payments.initiation import _make_row
from tests.browser.sandbox_process import Sandbox
from tests.cast import NOON, Cast, a_won_bid
from tests.gateway.test_calls import made_for

AN_INTENT = {"amount": 1_000, "currency": "sek", "description": "Asked for by nobody"}


def count() -> int:
    """How many of these there are; a test before this may have given up one that is made only now."""
    listed = stripe_client().v1.payment_intents.list({"limit": 100}).data
    return len([intent for intent in listed if intent.description == AN_INTENT["description"]])


def test_a_question_is_answered_and_nothing_else_leaves(stripe_at: Sandbox) -> None:
    made, before = stripe_client().v1.payment_intents.create(AN_INTENT), count()

    with only_asking():
        assert count() == before
        for send in (
            lambda: stripe_client().v1.payment_intents.create(AN_INTENT),
            lambda: stripe_client().v1.payment_intents.cancel(made.id),
            lambda: stripe_client().v1.webhook_endpoints.delete("we_1"),
        ):
            with pytest.raises(OnlyAsking):
                send()

    assert count() == before
    assert stripe_client().v1.payment_intents.cancel(made.id).status == "canceled"


def test_a_call_that_was_written_down_is_not_sent_either(stripe_at: Sandbox, cast: Cast) -> None:
    payment, _ = _make_row(a_won_bid(cast.bo, cast.saga), at=NOON)

    with only_asking(), pytest.raises(OnlyAsking):
        create_payment_intent(creation_of(payment.pk), at=NOON)
    assert made_for(payment) == []
