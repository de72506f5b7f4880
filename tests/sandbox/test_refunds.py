"""Refunds: in full, in parts, never above the charge, and sometimes back again."""

from typing import Any

import pytest

from .client import Client
from .process import SandboxProcess, wait_until
from .sellers import funded, pass_days


@pytest.fixture
def alone(fresh: SandboxProcess) -> Client:
    """A client of a sandbox nobody else uses."""
    return Client(fresh.url)


def whole(api: Client) -> int:
    balance = api.get("/v1/balance")
    return int(balance["available"][0]["amount"] + balance["pending"][0]["amount"])


def test_a_full_refund_gives_all_back_but_the_fee(alone: Client) -> None:
    paid = alone.paid()

    refund = alone.post("/v1/refunds", {"payment_intent": paid["id"], "metadata": {"refund": "1"}})

    assert (refund["amount"], refund["status"], refund["charge"]) == (
        1_100_000,
        "succeeded",
        paid["latest_charge"],
    )
    entry = alone.get(f"/v1/balance_transactions/{refund['balance_transaction']}")
    assert (entry["amount"], entry["fee"], entry["net"]) == (-1_100_000, 0, -1_100_000)
    assert (entry["type"], entry["source"]) == ("refund", refund["id"])
    assert whole(alone) == -16_680
    charge = alone.get(f"/v1/charges/{refund['charge']}")
    assert (charge["refunded"], charge["amount_refunded"]) == (True, 1_100_000)
    assert alone.get("/v1/balance")["available"][0]["amount"] == 0
    pass_days(alone, 2)
    assert alone.get("/v1/balance")["available"][0]["amount"] == -16_680


def test_parts_add_up_and_the_rest_is_the_limit(api: Client) -> None:
    charge = funded(api, amount=10_000)["id"]

    first = api.post("/v1/refunds", {"charge": charge, "amount": 5_500, "reason": "requested_by_customer"})
    over = api.refused("/v1/refunds", {"charge": charge, "amount": 4_501})
    rest = api.post("/v1/refunds", {"charge": charge})

    assert (first["reason"], rest["amount"]) == ("requested_by_customer", 4_500)
    assert (over["status"], over["param"], over.get("code")) == (400, "amount", None)
    again = api.refused("/v1/refunds", {"charge": charge, "amount": 1})
    assert (again["status"], again["code"], again["charge"]) == (400, "charge_already_refunded", charge)
    assert [one["id"] for one in api.get("/v1/refunds", {"charge": charge})["data"]] == [
        rest["id"],
        first["id"],
    ]


def test_each_refund_is_told_with_what_it_changed(alone: Client) -> None:
    charge = alone.paid(amount=10_000)["latest_charge"]
    refund = alone.post("/v1/refunds", {"charge": charge, "amount": 4_000})

    created = alone.get("/v1/events", {"type": "refund.created"})["data"][0]
    refunded = alone.get("/v1/events", {"type": "charge.refunded"})["data"][0]

    assert created["data"]["object"] == refund
    assert refunded["data"]["object"]["amount_refunded"] == 4_000
    assert refunded["data"]["previous_attributes"] == {"amount_refunded": 0}
    after = alone.post(f"/v1/refunds/{refund['id']}", {"metadata": {"order": "6735"}})
    for kind in ("refund.updated", "charge.refund.updated"):
        told = alone.get("/v1/events", {"type": kind})["data"][0]["data"]
        assert (told["object"], told["previous_attributes"]) == (after, {"metadata": {"order": None}})


def test_a_card_that_takes_nothing_back_fails_the_refund_a_moment_later(alone: Client) -> None:
    paid = alone.paid(amount=10_000, card="pm_card_refundFail")
    before = whole(alone)
    refund = alone.post("/v1/refunds", {"charge": paid["latest_charge"]})
    assert refund["status"] == "succeeded"

    def failed() -> Any:
        seen = alone.get(f"/v1/refunds/{refund['id']}")
        return seen if seen["status"] == "failed" else None

    after = wait_until(failed)

    assert after["failure_reason"] == "expired_or_canceled_card"
    back = alone.get(f"/v1/balance_transactions/{after['failure_balance_transaction']}")
    assert (back["type"], back["net"]) == ("refund_failure", 10_000)
    assert whole(alone) == before
    charge = alone.get(f"/v1/charges/{refund['charge']}")
    assert (charge["refunded"], charge["amount_refunded"]) == (False, 0)
    told = {one["type"] for one in alone.get("/v1/events", {"limit": 100})["data"]}
    assert {"refund.failed", "refund.updated", "charge.refund.updated"} <= told
    lines = [line["status"] for line in alone.journal() if line["type"] == "refund"]
    assert lines == ["succeeded", "failed"]


def test_what_was_never_captured_is_not_refunded(api: Client) -> None:
    held = api.paid(amount=10_000, capture_method="manual")
    assert api.refused("/v1/refunds", {"charge": held["latest_charge"]})["status"] == 400
    assert (
        api.refused("/v1/refunds", {"payment_intent": held["id"]})["code"]
        == "payment_intent_unexpected_state"
    )

    api.post(f"/v1/payment_intents/{held['id']}/capture", {"amount_to_capture": 6_000})

    assert api.refused("/v1/refunds", {"payment_intent": held["id"], "amount": 6_001})["param"] == "amount"
    assert api.post("/v1/refunds", {"payment_intent": held["id"]})["amount"] == 6_000
    assert api.get(f"/v1/charges/{held['latest_charge']}")["refunded"] is True


def test_a_refund_needs_to_know_of_what(api: Client) -> None:
    charge, other = funded(api)["id"], api.paid()

    assert api.refused("/v1/refunds", {})["code"] == "parameter_missing"
    assert api.refused("/v1/refunds", {"charge": "ch_nobody"})["code"] == "resource_missing"
    both = {"charge": charge, "payment_intent": other["id"]}
    assert api.refused("/v1/refunds", both)["param"] == "payment_intent"
    assert api.refused("/v1/refunds", {"charge": charge, "amount": -5})["param"] == "amount"
    assert (
        api.refused("/v1/refunds", {"charge": charge, "reverse_transfer": True})["param"]
        == "reverse_transfer"
    )
    refund = api.post("/v1/refunds", {"charge": charge})["id"]
    assert api.refused(f"/v1/refunds/{refund}/cancel")["status"] == 400


def test_a_charge_shows_its_refunds_to_who_asks(api: Client) -> None:
    charge = funded(api)["id"]
    made = [api.post("/v1/refunds", {"charge": charge, "amount": amount})["id"] for amount in (100, 200)]

    shown = api.get(f"/v1/charges/{charge}", {"expand": ["refunds.data.balance_transaction"]})["refunds"]

    assert [one["id"] for one in shown["data"]] == made[::-1]
    assert shown["data"][0]["balance_transaction"]["net"] == -200
    assert "refunds" not in api.get(f"/v1/charges/{charge}")
