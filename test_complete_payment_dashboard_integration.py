"""The promise, told as one sale: a buyer wins, pays, and a seller gets a dated payout.

Everything here happens as it would for real people: over HTTP, with running processes, a real PostgreSQL and
a sandbox in Stripe's place. Run it by itself with `python test_complete_payment_dashboard_integration.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from holidays import country_holidays

from tests import local
from tests.live import Klubba, Person, running_klubba, wait_for

pytestmark = pytest.mark.xdist_group("promise")

BANKS_ARE_CLOSED = country_holidays("SE", categories=("public", "de_facto"))


@pytest.fixture(scope="module")
def klubba(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Klubba]:
    """A Klubba of this promise's own, with nothing in it yet."""
    with running_klubba(tmp_path_factory.mktemp("promise") / "home") as klubba:
        yield klubba


@pytest.fixture(scope="module")
def saga(klubba: Klubba) -> Person:
    return Person(klubba, "saga@klubba.example")


@pytest.fixture(scope="module")
def bo(klubba: Klubba) -> Person:
    return Person(klubba, "bo@klubba.example")


def win_an_auction(saga: Person, bo: Person, *, amount: str, title: str = "Kista, 1780") -> int:
    """Saga lists, Bo bids, Saga closes; answers the bid that won."""
    closes_at = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    auction = saga.post("/api/auctions/", title=title, currency="SEK", closes_at=closes_at)
    bo.post(f"/api/auctions/{auction['id']}/bids/", amount=amount)
    closed = saga.post(f"/api/auctions/{auction['id']}/close/")
    return int(closed["winning_bid"]["id"])


def pay_at_stripe(klubba: Klubba, started: Any) -> None:
    """What Stripe.js does when the buyer presses the button."""
    stripe_id = started["payment_intent"]["stripe_payment_intent_id"]
    answer = local.post(
        f"{klubba.sandbox}/v1/payment_intents/{stripe_id}/confirm",
        data={"client_secret": started["client_secret"], "payment_method": "pm_card_visa"},
        headers={"Authorization": f"Bearer {started['publishable_key']}"},
        timeout=20,
    )
    assert answer.json()["status"] == "succeeded", answer.text


def lines_of(person: Person, payment_id: str, kind: str) -> list[Any]:
    listed = person.get(f"/api/payments/transactions/?type={kind}&limit=100")
    return [line for line in listed if line["payment_intent_id"] == payment_id]


def test_a_buyer_wins_pays_and_the_seller_gets_a_dated_payout(
    klubba: Klubba, saga: Person, bo: Person
) -> None:
    received_before = bo.get("/api/payments/summary/")["commission_paid"]
    assert received_before == "0.00"
    bid_id = win_an_auction(saga, bo, amount="11000.00")

    # Payment intent created.
    started = bo.post("/api/payments/payment-intent/", bid_id=bid_id)
    payment_id = started["payment_intent"]["id"]
    assert started["payment_intent"]["stripe_payment_intent_id"].startswith("pi_")
    assert started["payment_intent"]["total_amount"] == "11000.00"

    # Payment completed: by the signed webhook and the worker; nobody calls confirm.
    pay_at_stripe(klubba, started)
    path = f"/api/payments/payment-intent/{payment_id}/"
    payment = wait_for(lambda: (p := bo.get(path)) and p["status"] == "succeeded" and p)
    assert payment["outcome"] == "sale"
    assert [b["status"] for b in bo.get("/api/bids/?status=paid") if b["id"] == bid_id] == ["paid"]

    # Transactions created (2): the commission and the payout.
    commissions = lines_of(bo, payment_id, "commission")
    payouts = lines_of(saga, payment_id, "payout")
    assert (len(commissions), len(payouts)) == (1, 1)

    # Commission transaction.
    assert (commissions[0]["amount"], commissions[0]["currency"]) == ("770.00", "SEK")
    assert commissions[0]["status"] == "completed"

    # Payout transaction.
    assert (payouts[0]["amount"], payouts[0]["currency"]) == ("10230.00", "SEK")
    assert payouts[0]["status"] == "pending"

    # Payout schedule created, with its date: seven days after the payment, or the first bank day then.
    schedule = saga.get(f"/api/payments/payouts/{payouts[0]['payout_id']}/")
    paid_on = datetime.fromisoformat(payment["confirmed_at"]).astimezone(ZoneInfo("Europe/Stockholm")).date()
    due_on = paid_on + timedelta(days=7)
    while due_on.isoweekday() > 5 or due_on in BANKS_ARE_CLOSED:
        due_on += timedelta(days=1)
    assert (schedule["status"], schedule["scheduled_date"]) == ("scheduled", due_on.isoformat())

    # Buyer API working.
    assert bo.get("/api/payments/summary/")["commission_paid"] == "770.00"
    assert bo.get("/api/payments/payouts/") == []

    # Seller API working.
    summary = saga.get("/api/payments/summary/")
    assert (summary["total_sales"], summary["pending_payouts"]) == ("11000.00", "10230.00")

    # Payout API working.
    assert schedule["id"] in [row["id"] for row in saga.get("/api/payments/payouts/")]
    assert [line["payment_intent_id"] for line in schedule["transactions"]] == [payment_id]
    assert schedule["equation"]["net"] == schedule["total_amount"] == "10230.00"


def test_confirm_alone_completes_and_the_late_webhook_adds_nothing(
    klubba: Klubba, saga: Person, bo: Person
) -> None:
    delivery = f"{klubba.sandbox}/sandbox/delivery"
    local.put(delivery, json={"hold": True}).raise_for_status()
    klubba.kill("worker")
    try:
        started = bo.post("/api/payments/payment-intent/", bid_id=win_an_auction(saga, bo, amount="500.00"))
        payment_id = started["payment_intent"]["id"]
        pay_at_stripe(klubba, started)
        assert bo.get(f"/api/payments/payment-intent/{payment_id}/")["status"] != "succeeded"

        confirmed = bo.post(f"/api/payments/payment-intent/{payment_id}/confirm/")

        assert (confirmed["status"], confirmed["outcome"]) == ("succeeded", "sale")
        released = local.post(f"{delivery}/release").json()["released"]
        assert released > 0
    finally:
        local.delete(delivery)
        klubba.start("worker")

    olga = Person(klubba, "olga@klubba.example")
    wait_for(lambda: _all_handled(olga, started["payment_intent"]["stripe_payment_intent_id"]))
    assert [line["amount"] for line in lines_of(bo, payment_id, "commission")] == ["35.00"]
    assert [line["amount"] for line in lines_of(saga, payment_id, "payout")] == ["465.00"]


def _all_handled(olga: Person, stripe_id: str) -> bool:
    """Whether the success was delivered after all and has been handled."""
    messages = olga.get("/api/payments/admin/events/?limit=100")
    told = [m for m in messages if m["object_id"] == stripe_id and m["type"] == "payment_intent.succeeded"]
    return bool(told) and all(message["state"] == "handled" for message in told)


if __name__ == "__main__":
    sys.exit(pytest.main([__file__, "-v"]))
