"""Everybody at once, over HTTP, against running processes."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
import stripe

from config import embedded_postgres
from config.environment import read_environment
from test_complete_payment_dashboard_integration import pay_at_stripe, win_an_auction
from tests import local
from tests.live import Klubba, Person, wait_for

pytestmark = pytest.mark.xdist_group("running")

CROWD = 50


@pytest.fixture
def held_delivery(klubba: Klubba):
    """The sandbox delivers nothing by itself."""
    control = f"{klubba.sandbox}/sandbox/delivery"
    local.put(control, json={"hold": True}).raise_for_status()
    yield
    local.delete(control)


def signed(klubba: Klubba, event: dict[str, object]) -> dict[str, object]:
    """What httpx needs to deliver the event as Stripe would."""
    body = json.dumps(event)
    secret = read_environment(klubba.env).stripe_webhook_secrets[0]
    signature = stripe.WebhookSignature.generate_signature_header(body, secret, int(time.time()))
    return {"content": body, "headers": {"Stripe-Signature": signature, "Content-Type": "application/json"}}


def success_event(klubba: Klubba, stripe_id: str, number: int) -> dict[str, object]:
    """The sandbox's own event of the success, under another id each time."""
    listed = local.get(
        f"{klubba.sandbox}/v1/events",
        params={"type": "payment_intent.succeeded", "limit": 100},
        headers={"Authorization": "Bearer sk_test_of_the_crowd"},
    ).json()["data"]
    event = next(e for e in listed if e["data"]["object"]["id"] == stripe_id)
    return event | {"id": f"{event['id']}_{number}"}


def test_fifty_deliveries_and_confirmations_at_once_make_one_sale(
    klubba: Klubba, held_delivery: None
) -> None:
    saga, bo = Person(klubba, "saga@klubba.example"), Person(klubba, "bo@klubba.example")
    started = bo.post("/api/payments/payment-intent/", bid_id=win_an_auction(saga, bo, amount="11000.00"))
    payment, stripe_id = started["payment_intent"], started["payment_intent"]["stripe_payment_intent_id"]
    pay_at_stripe(klubba, started)
    deliveries = [signed(klubba, success_event(klubba, stripe_id, number)) for number in range(CROWD // 2)]
    start = threading.Barrier(CROWD)

    def act(number: int) -> int:
        start.wait()
        if number % 2:
            path = f"/api/payments/payment-intent/{payment['id']}/confirm/"
            return bo.http.post(path, json={}).status_code
        url = f"{klubba.site}/api/payments/webhooks/stripe/"
        return local.post(url, **deliveries[number // 2], timeout=60).status_code  # type: ignore[arg-type]

    with ThreadPoolExecutor(CROWD) as threads:
        statuses = list(threads.map(act, range(CROWD)))

    assert set(statuses) == {200}
    wait_for(lambda: bo.get(f"/api/payments/payment-intent/{payment['id']}/")["status"] == "succeeded")
    with psycopg.connect(embedded_postgres.start(klubba.home)) as books:
        wait_for(
            lambda: count(books, "inbox_message", "object_id = %s AND state = 'received'", stripe_id) == 0
        )
        key = f"payment:{payment['id']}"
        assert count(books, "payments_transaction", "payment_intent_id = %s", payment["id"]) == 2
        assert count(books, "ledger_journal", "key = %s", key) == 1
        assert count(books, "payouts_earning", "payment_id = %s", payment["id"]) == 1
        delivered = "object_id = %s AND state = 'handled' AND event_id ~ '_[0-9]+$'"
        assert count(books, "inbox_message", delivered, stripe_id) == CROWD // 2


def count(books: psycopg.Connection, table: str, where: str, value: str) -> int:
    row = books.execute(f"SELECT count(*) FROM {table} WHERE {where}", [value]).fetchone()
    assert row is not None
    return int(row[0])
