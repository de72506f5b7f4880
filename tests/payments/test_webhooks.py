"""The webhook's address: what is genuine is stored, committed and answered 200, and that is all."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
import stripe
from django.test import Client

from inbox.models import Message
from payments import webhooks
from payments.models import PaymentIntent, Transaction
from payments.strangers import FORGERIES_A_WINDOW, MOST_ADDRESSES, Strangers
from tests import databases
from tests.api.asking import refused
from tests.cast import NOON, Cast, a_payment, a_won_bid, event_of, intent_event

URL = "/api/payments/webhooks/stripe/"
CONNECT_URL = "/api/payments/webhooks/stripe-connect/"
SECRET, CONNECT_SECRET = "whsec_for_the_platform", "whsec_for_connected_ones"


@pytest.fixture(autouse=True)
def secrets(settings) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = (SECRET,)
    settings.STRIPE_CONNECT_WEBHOOK_SECRETS = (CONNECT_SECRET,)


def post(
    event: object, *, url: str = URL, secret: str = SECRET, at: datetime | None = None, body: bytes = b""
):
    body = body or json.dumps(event).encode()
    at = at or datetime.now(UTC)
    signature = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, int(at.timestamp()))
    return Client().post(url, body, content_type="application/json", headers={"Stripe-Signature": signature})


AN_EVENT = event_of("price.updated", {"id": "price_1"}, event_id="evt_1")


def test_a_genuine_event_is_stored_and_acknowledged_and_not_yet_believed(cast: Cast) -> None:
    payment = a_payment(a_won_bid(cast.bo, cast.saga))

    answer = post(intent_event(payment))

    assert (answer.status_code, answer.json()) == (200, {"received": True})
    assert Message.objects.get().state == "received"
    assert PaymentIntent.objects.get().status == "requires_payment_method"
    assert not Transaction.objects.exists()


def test_a_duplicate_is_acknowledged_and_kept_once(db: None) -> None:
    assert [post(AN_EVENT).status_code for _ in range(3)] == [200, 200, 200]
    assert Message.objects.count() == 1


def test_each_address_has_its_own_secret(db: None) -> None:
    assert post(AN_EVENT, url=CONNECT_URL, secret=CONNECT_SECRET).status_code == 200
    assert post(AN_EVENT, url=CONNECT_URL, secret=SECRET).status_code == 400
    assert post(AN_EVENT, secret=CONNECT_SECRET).status_code == 400
    assert Message.objects.get().endpoint == "connect"


def test_without_a_secret_the_address_does_not_exist(db: None, settings) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = ()

    refused(post(AN_EVENT), 404, "not_found")
    refused(Client().get(URL), 404, "not_found")


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_other_methods_are_refused(db: None, method: str) -> None:
    answer = getattr(Client(), method)(URL)

    refused(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "POST"


@pytest.mark.parametrize("seconds", [-301, 301])
def test_stale_and_future_deliveries_are_refused(db: None, seconds: int) -> None:
    refused(post(AN_EVENT, at=datetime.now(UTC) + timedelta(seconds=seconds)), 400, "delivery_refused")


@pytest.mark.parametrize(
    "event",
    [
        AN_EVENT | {"livemode": True},
        {k: v for k, v in AN_EVENT.items() if k != "livemode"},
        {k: v for k, v in AN_EVENT.items() if k != "id"},
        AN_EVENT | {"id": 7},
        AN_EVENT | {"id": ""},
        AN_EVENT | {"id": "x" * 256},
        AN_EVENT | {"id": "a\x00b"},
        AN_EVENT | {"type": None},
        [],
        None,
        "text",
    ],
)
def test_what_is_signed_and_is_no_event_of_ours_is_refused_and_not_stored(db: None, event: object) -> None:
    refused(post(event), 400, "delivery_refused")
    assert not Message.objects.exists()


@pytest.mark.parametrize("header", [None, "", "garbage", "t=1,v1=" + "0" * 64, "t=1,v1=é", "v0=abc"])
def test_what_is_not_signed_is_refused_and_not_stored(db: None, header: str | None) -> None:
    headers = {} if header is None else {"Stripe-Signature": header}
    answer = Client().post(URL, json.dumps(AN_EVENT), content_type="application/json", headers=headers)

    refused(answer, 400, "delivery_refused")
    assert not Message.objects.exists()


@pytest.mark.parametrize("kilobytes", [256, 5_000])
def test_a_body_over_256_kilobytes_is_refused(db: None, kilobytes: int) -> None:
    body = json.dumps(AN_EVENT | {"padding": "x" * kilobytes * 1024}).encode()

    refused(post(None, body=body), 413, "body_too_large")
    assert not Message.objects.exists()


@pytest.mark.parametrize("name", ["object", "account", "api_version", "data", "created"])
@pytest.mark.parametrize("value", [None, 7, [], "x" * 400, {"a": None}])
def test_odd_fields_of_a_genuine_event_are_kept_as_they_came(db: None, name: str, value: object) -> None:
    assert post(AN_EVENT | {name: value}).status_code == 200
    assert Message.objects.get().event[name] == value


def test_what_could_not_be_stored_is_not_acknowledged(own_database: str) -> None:
    with psycopg.connect(databases.url_of(own_database), autocommit=True) as owner:
        owner.execute("DROP TABLE inbox_message CASCADE")

    answer = post(AN_EVENT)

    refused(answer, 503, "not_stored")
    assert answer.headers["Retry-After"] == "5"


def test_a_forger_is_told_to_wait_and_what_is_genuine_is_taken_all_the_same(db: None, monkeypatch) -> None:
    monkeypatch.setattr(webhooks, "strangers", Strangers())
    headers = {"Stripe-Signature": "t=1,v1=" + "0" * 64}
    forged = [
        Client().post(URL, b"{}", content_type="application/json", headers=headers)
        for _ in range(FORGERIES_A_WINDOW + 2)
    ]

    assert [answer.status_code for answer in forged] == [400] * FORGERIES_A_WINDOW + [429, 429]
    refused(forged[-1], 429, "too_many_tries")
    assert forged[-1].headers["Retry-After"] == "60"
    assert post(AN_EVENT).status_code == 200


def test_in_the_live_world_only_live_events_are_ours(db: None, settings) -> None:
    settings.LIVEMODE = True

    assert post(AN_EVENT).status_code == 400
    assert post(AN_EVENT | {"livemode": True}).status_code == 200


def test_a_forger_may_try_again_in_the_next_window_and_their_number_is_bounded() -> None:
    strangers = Strangers()
    for _ in range(FORGERIES_A_WINDOW):
        assert strangers.may_try("a", at=NOON)
    assert not strangers.may_try("a", at=NOON + timedelta(seconds=59))
    assert strangers.may_try("b", at=NOON)
    assert strangers.may_try("a", at=NOON + timedelta(minutes=1))

    for number in range(MOST_ADDRESSES + 100):
        assert strangers.may_try(str(number), at=NOON + timedelta(minutes=1))
    assert len(strangers._counted) == MOST_ADDRESSES
