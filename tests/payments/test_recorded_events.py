"""Events that others recorded, of many API versions: each is taken or refused, and none is tried for ever."""

from __future__ import annotations

import json
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import stripe
from django.test import Client
from django.utils import timezone

from config.worker import ALL_HANDLERS
from inbox.handling import handle_waiting
from inbox.models import Message
from ledger.models import Journal
from payments.models import PaymentIntent
from payouts.models import ConnectedAccount
from tests.cast import Cast, a_payment, a_won_bid
from tests.payouts.moving import an_account

EVENTS = Path(__file__).parents[3] / "shared" / "stripe" / "events"
RECORDED = sorted(path for path in EVENTS.glob("*.json") if path.name != "index.json")
if not RECORDED:
    warnings.warn(f"recorded events: NOT RUN ({EVENTS.name}/ is not beside the project)", stacklevel=1)

SECRETS = {"stripe": "whsec_for_the_platform", "stripe-connect": "whsec_for_connected_ones"}

pytestmark = [
    pytest.mark.skipif(not RECORDED, reason="the recorded events are not beside the project"),
    pytest.mark.parametrize("address", SECRETS),
    pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.name.partition("__")[0]),
]


@pytest.fixture(autouse=True)
def secrets(settings) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = (SECRETS["stripe"],)
    settings.STRIPE_CONNECT_WEBHOOK_SECRETS = (SECRETS["stripe-connect"],)


def post(body: bytes, address: str) -> int:
    signature = stripe.WebhookSignature.generate_signature_header(
        body.decode(), SECRETS[address], int(datetime.now(UTC).timestamp())
    )
    url = f"/api/payments/webhooks/{address}/"
    answer = Client().post(
        url, body, content_type="application/json", headers={"Stripe-Signature": signature}
    )
    return answer.status_code


def of_our_world(path: Path) -> dict[str, object]:
    """The event as it would come to us: some were recorded as templates, without a world or a fresh id."""
    return json.loads(path.read_bytes()) | {"livemode": False, "id": f"evt_{path.stem}"[:255]}


def drained() -> Message:
    """The message after a day of draining."""
    for hours in range(24):
        handle_waiting(ALL_HANDLERS, limit=10, at=timezone.now() + timedelta(hours=hours))
    return Message.objects.get()


def test_as_it_was_recorded_it_is_taken_or_refused(db: None, path: Path, address: str) -> None:
    event = json.loads(path.read_bytes())

    status = post(path.read_bytes(), address)

    assert status == (200 if event.get("livemode") is False else 400)
    assert Message.objects.count() == (status == 200)


def test_of_things_that_are_not_ours_it_comes_to_an_end_at_once(db: None, path: Path, address: str) -> None:
    assert post(json.dumps(of_our_world(path)).encode(), address) == 200

    message = drained()

    assert message.state in ("handled", "ignored", "quarantined")
    assert message.attempts == 1
    assert not Journal.objects.exists()


def test_of_things_that_are_ours_it_comes_to_an_end_at_once(cast: Cast, path: Path, address: str) -> None:
    event = of_our_world(path)
    it_is_ours(event, cast)

    assert post(json.dumps(event).encode(), address) == 200
    message = drained()

    assert message.state in ("handled", "ignored", "quarantined")
    assert message.attempts == 1


def it_is_ours(event: dict[str, object], cast: Cast) -> None:
    """The PaymentIntent or charge it tells of is Bo's, and the account it comes from is Saga's."""
    told = event["data"]["object"]  # type: ignore[index]
    names = {"payment_intent": told.get("id"), "charge": told.get("payment_intent")}
    payment = a_payment(a_won_bid(cast.bo, cast.saga))
    if stripe_id := names.get(told["object"]):
        PaymentIntent.objects.filter(pk=payment.pk).update(stripe_payment_intent_id=stripe_id)
    an_account(cast.saga)
    if event.get("account"):
        ConnectedAccount.objects.update(stripe_account_id=event["account"])
