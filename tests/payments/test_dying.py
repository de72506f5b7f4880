"""Processes die while a payment is on its way; started again, they bring it to its end by themselves."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from config import embedded_postgres
from test_complete_payment_dashboard_integration import lines_of, pay_at_stripe, win_an_auction
from tests import local
from tests.live import Klubba, Person, running_klubba, wait_for

pytestmark = pytest.mark.xdist_group("dying")


@pytest.fixture(scope="module")
def klubba(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Klubba]:
    """One that may be hurt."""
    with running_klubba(tmp_path_factory.mktemp("dying") / "home") as klubba:
        yield klubba


@pytest.fixture(scope="module")
def saga(klubba: Klubba) -> Person:
    return Person(klubba, "saga@klubba.example")


@pytest.fixture(scope="module")
def bo(klubba: Klubba) -> Person:
    return Person(klubba, "bo@klubba.example")


@pytest.fixture
def started(saga: Person, bo: Person) -> Any:
    return bo.post("/api/payments/payment-intent/", bid_id=win_an_auction(saga, bo, amount="11000.00"))


def one_sale_is_made(saga: Person, bo: Person, started: Any) -> None:
    payment_id = started["payment_intent"]["id"]

    def completed() -> bool:
        answer = bo.http.get(f"/api/payments/payment-intent/{payment_id}/")
        return answer.status_code == 200 and answer.json()["status"] == "succeeded"

    wait_for(completed)
    assert [line["amount"] for line in lines_of(bo, payment_id, "commission")] == ["770.00"]
    assert [line["amount"] for line in lines_of(saga, payment_id, "payout")] == ["10230.00"]


def test_without_a_worker_the_payment_waits_and_the_next_worker_completes_it(
    klubba: Klubba, saga: Person, bo: Person, started: Any
) -> None:
    klubba.kill("worker")
    try:
        pay_at_stripe(klubba, started)
        olga = Person(klubba, "olga@klubba.example")
        wait_for(lambda: "payment_intent.succeeded" in _told(olga, started))
        assert bo.get(f"/api/payments/payment-intent/{started['payment_intent']['id']}/")["outcome"] is None
    finally:
        klubba.start("worker")

    one_sale_is_made(saga, bo, started)


def _told(olga: Person, started: Any) -> list[str]:
    """The types of the messages that are stored about the payment."""
    messages = olga.get("/api/payments/admin/events/?limit=100")
    stripe_id = started["payment_intent"]["stripe_payment_intent_id"]
    return [message["type"] for message in messages if message["object_id"] == stripe_id]


def test_while_the_site_is_down_stripe_tries_again_until_it_is_up(
    klubba: Klubba, saga: Person, bo: Person, started: Any
) -> None:
    klubba.kill("web")
    pay_at_stripe(klubba, started)
    klubba.start("web")

    one_sale_is_made(saga, bo, started)


def test_when_every_webhook_is_lost_stripe_is_asked(
    klubba: Klubba, saga: Person, bo: Person, started: Any
) -> None:
    delivery = f"{klubba.sandbox}/sandbox/delivery"
    local.put(delivery, json={"drop": 1, "seed": 1}).raise_for_status()
    try:
        pay_at_stripe(klubba, started)
        one_sale_is_made(saga, bo, started)
        assert "payment_intent.succeeded" in _told(Person(klubba, "olga@klubba.example"), started)
    finally:
        local.delete(delivery)


def test_while_the_database_is_down_nothing_is_acknowledged_and_afterwards_nothing_is_missing(
    klubba: Klubba, saga: Person, bo: Person, started: Any
) -> None:
    pid = embedded_postgres.server_pid(klubba.home)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    try:
        pay_at_stripe(klubba, started)
        answer = local.get(f"{klubba.site}/readyz", timeout=20)
        assert (answer.status_code, answer.text) == (503, "not ready")
        assert bo.http.get("/api/payments/summary/").status_code == 503
        assert "Traceback" not in bo.http.get("/api/payments/summary/").text
    finally:
        embedded_postgres.start(klubba.home)

    one_sale_is_made(saga, bo, started)


def test_the_sandbox_dies_and_still_knows_its_charges_and_what_it_has_to_deliver(
    klubba: Klubba, saga: Person, bo: Person, started: Any
) -> None:
    klubba.kill("web")
    pay_at_stripe(klubba, started)
    klubba.kill("sandbox")
    klubba.start("web")
    klubba.start("sandbox")

    one_sale_is_made(saga, bo, started)
