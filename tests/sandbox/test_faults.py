"""Faults on demand: the answer may be lost, late, wrong or refused, and what was done stays done."""

import time
from typing import Any

import httpx
import pytest

from tests import local

from .client import Client
from .process import SECRET_KEY, SandboxProcess

NEW = {"amount": 5000, "currency": "sek"}
PATH = "/v1/payment_intents"


@pytest.fixture
def alone(fresh: SandboxProcess) -> Client:
    """A client of a sandbox nobody else uses."""
    return Client(fresh.url)


def rule(alone: Client, **one: Any) -> None:
    alone.control(
        "PUT", "faults", {"seed": 1, "rules": [{"method": "POST", "path": PATH, "times": 1, **one}]}
    )


def made(alone: Client) -> int:
    return len(alone.get(PATH)["data"])


def test_a_connection_reset_before_leaves_nothing_done(alone: Client) -> None:
    rule(alone, kind="reset_before")

    with pytest.raises(httpx.TransportError):
        alone.call("POST", PATH, NEW, Idempotency_Key="k")

    assert made(alone) == 0
    assert alone.call("POST", PATH, NEW, Idempotency_Key="k").headers.get("Idempotent-Replayed") is None


def test_a_connection_reset_after_leaves_it_done_and_the_key_finds_it(alone: Client) -> None:
    rule(alone, kind="reset_after")

    with pytest.raises(httpx.TransportError):
        alone.call("POST", PATH, NEW, Idempotency_Key="k")

    assert made(alone) == 1
    again = alone.call("POST", PATH, NEW, Idempotency_Key="k")
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (200, "true")
    assert made(alone) == 1


def test_a_500_after_the_deed_is_the_answer_to_its_key_until_it_is_pruned(alone: Client) -> None:
    rule(alone, kind="500_after")

    first = alone.call("POST", PATH, NEW, Idempotency_Key="k")
    second = alone.call("POST", PATH, NEW, Idempotency_Key="k")

    assert (first.status_code, second.status_code) == (500, 500)
    assert first.json()["error"]["type"] == "api_error"
    assert second.headers["Idempotent-Replayed"] == "true"
    assert made(alone) == 1


@pytest.mark.parametrize(
    ("kind", "status", "code"), [("429", 429, "rate_limit"), ("409", 409, "idempotency_key_in_use")]
)
def test_a_refusal_beforehand_is_not_remembered(alone: Client, kind: str, status: int, code: str) -> None:
    rule(alone, kind=kind)

    error = alone.refused(PATH, NEW, Idempotency_Key="k")

    assert (error["status"], error["code"]) == (status, code)
    assert made(alone) == 0
    assert alone.post(PATH, NEW, Idempotency_Key="k")["amount"] == 5000


def test_a_delay_only_takes_time(alone: Client) -> None:
    rule(alone, kind="delay", delay_ms=600)
    began = time.monotonic()

    alone.post(PATH, NEW)

    assert time.monotonic() - began >= 0.6


def test_a_malformed_answer_is_no_json(alone: Client) -> None:
    rule(alone, kind="malformed")

    answer = alone.call("POST", PATH, NEW, checked=False)

    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        answer.json()
    assert made(alone) == 1


def test_the_nth_call_is_counted_and_what_fired_is_told(alone: Client) -> None:
    rule(alone, kind="429", nth=3)

    statuses = [alone.call("POST", PATH, NEW).status_code for _ in range(5)]

    assert statuses == [200, 200, 429, 200, 200]
    assert alone.control("GET", "faults")["rules"][0]["fired"] == 1
    alone.control("DELETE", "faults")
    assert alone.control("GET", "faults")["rules"] == []


def test_chance_is_repeatable_by_its_seed(alone: Client) -> None:
    def run(seed: int) -> list[int]:
        chance = {"path": "/v1/*", "kind": "429", "probability": 0.5}
        alone.control("PUT", "faults", {"seed": seed, "rules": [chance]})
        return [alone.call("GET", "/v1/balance").status_code for _ in range(20)]

    first, again, other = run(5), run(5), run(6)

    assert first == again != other
    assert set(first) == {200, 429}


def test_a_path_may_name_any_object(alone: Client) -> None:
    intent = alone.post(PATH, NEW)["id"]
    rule(alone, kind="429", path="/v1/payment_intents/{id}/cancel")

    assert alone.call("GET", f"{PATH}/{intent}").status_code == 200
    assert alone.call("POST", f"{PATH}/{intent}/cancel").status_code == 429


def test_a_rule_survives_a_restart(fresh: SandboxProcess, alone: Client) -> None:
    rule(alone, kind="429")
    fresh.kill()
    fresh.start()

    assert alone.call("POST", PATH, NEW).status_code == 429


@pytest.mark.parametrize(
    "body",
    [
        {"rules": [{"kind": "earthquake"}]},
        {"rules": [{"kind": "429", "probability": "often"}]},
        {"rules": [{"kind": "429", "nth": 1.5}]},
        {"rules": [{"kind": "429", "pathh": "/v1/*"}]},
        {"rules": [{}]},
        {"rules": {}},
        [],
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(alone: Client, body: Any) -> None:
    answer = local.put(f"{alone.url}/sandbox/faults", json=body)

    assert (answer.status_code, SECRET_KEY in answer.text) == (400, False)
