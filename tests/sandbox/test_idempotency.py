"""A key names one request: the first answer to it is the answer."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests import local

from .client import Client
from .process import SECRET_KEY, SandboxProcess

NEW = {"amount": 5000, "currency": "sek"}


@pytest.fixture
def alone(fresh: SandboxProcess) -> Client:
    """A client of a sandbox nobody else uses."""
    return Client(fresh.url)


def test_the_same_key_gives_the_same_answer_and_makes_nothing_new(alone: Client) -> None:
    first = alone.call("POST", "/v1/payment_intents", NEW, Idempotency_Key="once")
    second = alone.call("POST", "/v1/payment_intents", NEW, Idempotency_Key="once")

    assert second.content == first.content
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.headers["Original-Request"] == first.headers["Request-Id"]
    assert second.headers["Idempotency-Key"] == "once"
    assert len(alone.get("/v1/payment_intents")["data"]) == 1


def test_a_declined_card_is_declined_again_without_a_second_attempt(alone: Client) -> None:
    fields = {**NEW, "confirm": True, "payment_method": "pm_card_chargeDeclined"}
    first = alone.call("POST", "/v1/payment_intents", fields, Idempotency_Key="declined")
    second = alone.call("POST", "/v1/payment_intents", fields, Idempotency_Key="declined")

    assert (first.status_code, second.status_code) == (402, 402)
    assert second.content == first.content
    assert len(alone.get("/v1/charges")["data"]) == 1


def test_other_parameters_under_a_known_key_are_refused(alone: Client) -> None:
    alone.post("/v1/payment_intents", NEW, Idempotency_Key="taken")

    error = alone.refused("/v1/payment_intents", {**NEW, "amount": 6000}, Idempotency_Key="taken")

    assert (error["status"], error["type"]) == (400, "idempotency_error")


def test_another_address_under_a_known_key_is_refused(alone: Client) -> None:
    alone.post("/v1/payment_intents", NEW, Idempotency_Key="taken")

    error = alone.refused("/v1/customers", {"name": "Bo"}, Idempotency_Key="taken")

    assert (error["status"], error["type"]) == (400, "idempotency_error")
    assert "POST /v1/payment_intents" in error["message"]


def test_a_request_that_did_not_pass_the_checks_is_not_remembered(alone: Client) -> None:
    alone.refused("/v1/payment_intents", {"amount": "x", "currency": "sek"}, Idempotency_Key="mended")

    assert alone.post("/v1/payment_intents", NEW, Idempotency_Key="mended")["amount"] == 5000


def test_a_refusal_after_the_checks_is_remembered(alone: Client) -> None:
    path = "/v1/payment_intents/pi_nobody/cancel"
    alone.refused(path, Idempotency_Key="lost")

    again = alone.call("POST", path, Idempotency_Key="lost")

    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (404, "true")


def test_a_key_in_use_is_a_409_and_only_one_of_many_is_carried_out(alone: Client) -> None:
    rule = {"method": "POST", "path": "/v1/payment_intents", "kind": "delay", "delay_ms": 1500, "times": 1}
    alone.control("PUT", "faults", {"rules": [rule]})
    together = threading.Barrier(6)

    def ask(_: int) -> httpx.Response:
        together.wait()
        headers = {"Authorization": f"Bearer {SECRET_KEY}", "Idempotency-Key": "at once"}
        return local.post(f"{alone.url}/v1/payment_intents", data=NEW, headers=headers)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(ask, range(6)))

    assert sorted(one.status_code for one in answers) == [200, 409, 409, 409, 409, 409]
    busy: Any = next(one for one in answers if one.status_code == 409)
    assert busy.json()["error"]["code"] == "idempotency_key_in_use"
    assert busy.headers["Stripe-Should-Retry"] == "true"
    assert len(alone.get("/v1/payment_intents")["data"]) == 1


def test_a_pruned_key_is_a_new_request(alone: Client) -> None:
    first = alone.post("/v1/payment_intents", NEW, Idempotency_Key="old")

    assert alone.control("POST", "prune-keys", {"older_than_seconds": 3600}) == {"pruned": 0}
    assert alone.control("POST", "prune-keys") == {"pruned": 1}
    assert alone.post("/v1/payment_intents", NEW, Idempotency_Key="old")["id"] != first["id"]


def test_a_key_on_a_get_or_a_delete_means_nothing(alone: Client) -> None:
    customer = alone.post("/v1/customers")["id"]
    alone.get(f"/v1/customers/{customer}", Idempotency_Key="reading")

    renamed = alone.post(f"/v1/customers/{customer}", {"name": "Bo"}, Idempotency_Key="reading")

    assert renamed["name"] == "Bo"


@pytest.mark.parametrize(("length", "status"), [(255, 200), (256, 400)])
def test_a_key_has_at_most_255_characters(alone: Client, length: int, status: int) -> None:
    answer = alone.call("POST", "/v1/payment_intents", NEW, Idempotency_Key="k" * length)

    assert answer.status_code == status


def test_a_key_is_remembered_over_a_kill(fresh: SandboxProcess, alone: Client) -> None:
    first = alone.post("/v1/payment_intents", NEW, Idempotency_Key="kept")
    fresh.kill()
    fresh.start()

    assert alone.post("/v1/payment_intents", NEW, Idempotency_Key="kept") == first
