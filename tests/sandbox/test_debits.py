"""Bank debits: a payment that is processing for minutes, and then comes or does not."""

import time
from typing import Any

import pytest

from .client import Client
from .process import SandboxProcess

SUCCEEDS, FAILS = "AT321904300235473204", "AT861904300235473202"
PAYER = {"name": "Bo", "email": "bo@shop.example"}
AGREED = {"customer_acceptance": {"type": "offline", "accepted_at": 1_590_590_577}}
DECIDED_SECONDS = 181


@pytest.fixture
def alone(fresh: SandboxProcess) -> Client:
    """A client of a sandbox nobody else uses."""
    return Client(fresh.url)


def debit(iban: str = SUCCEEDS, **fields: Any) -> dict[str, Any]:
    """What a payment by debit is asked with."""
    return {
        "amount": 100_000,
        "currency": "eur",
        "confirm": True,
        "allowed_payment_method_types": ["sepa_debit"],
        "payment_method_data": {"type": "sepa_debit", "sepa_debit": {"iban": iban}, "billing_details": PAYER},
        "mandate_data": AGREED,
        **fields,
    }


def kinds(api: Client) -> list[str]:
    return [one["type"] for one in api.get("/v1/events", {"limit": 100})["data"]][::-1]


def statuses(api: Client) -> list[str]:
    return [line["status"] for line in api.journal()]


def test_a_debit_is_processing_until_the_bank_has_paid(alone: Client) -> None:
    asked = alone.post("/v1/payment_intents", debit())
    pending = alone.get(f"/v1/charges/{asked['latest_charge']}")
    nothing = alone.get("/v1/balance")["pending"][0]["amount"]
    alone.control("POST", "clock", {"advance_seconds": DECIDED_SECONDS})

    paid = alone.get(f"/v1/payment_intents/{asked['id']}", {"expand": ["latest_charge.balance_transaction"]})

    assert (asked["status"], pending["status"], pending["paid"], nothing) == (
        "processing",
        "pending",
        False,
        0,
    )
    assert (paid["status"], paid["amount_received"], paid["latest_charge"]["paid"]) == (
        "succeeded",
        100_000,
        True,
    )
    assert paid["latest_charge"]["balance_transaction"]["net"] == 100_000 - 1_525
    assert statuses(alone) == ["pending", "succeeded"]
    assert kinds(alone) == [
        "payment_intent.created",
        "charge.pending",
        "payment_intent.processing",
        "charge.succeeded",
        "payment_intent.succeeded",
    ]


def test_a_debit_the_bank_refuses_wants_another_payment_method(alone: Client) -> None:
    asked = alone.post("/v1/payment_intents", debit(FAILS))
    alone.control("POST", "clock", {"advance_seconds": DECIDED_SECONDS})

    failed = alone.get(f"/v1/payment_intents/{asked['id']}", {"expand": ["latest_charge"]})

    assert (failed["status"], failed["latest_charge"]["status"]) == ("requires_payment_method", "failed")
    assert failed["last_payment_error"]["charge"] == asked["latest_charge"] == failed["latest_charge"]["id"]
    assert statuses(alone) == ["pending", "failed"]
    assert kinds(alone)[-2:] == ["charge.failed", "payment_intent.payment_failed"]
    assert alone.get("/v1/balance_transactions")["data"] == []


def test_what_is_processing_is_neither_confirmed_nor_canceled_nor_refunded(api: Client) -> None:
    asked = api.post("/v1/payment_intents", debit())
    path = f"/v1/payment_intents/{asked['id']}"

    assert api.refused(f"{path}/confirm")["code"] == "payment_intent_unexpected_state"
    assert api.refused(f"{path}/cancel")["code"] == "payment_intent_unexpected_state"
    assert api.refused("/v1/refunds", {"charge": asked["latest_charge"]})["status"] == 400


def test_a_bank_account_is_shown_by_its_last_digits(api: Client) -> None:
    fields = debit()["payment_method_data"]

    method = api.post("/v1/payment_methods", fields)

    assert (method["type"], method["sepa_debit"]["last4"], method["sepa_debit"]["country"]) == (
        "sepa_debit",
        "3204",
        "AT",
    )
    assert SUCCEEDS not in str(method)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"currency": "sek"}, "allowed_payment_method_types"),
        ({"allowed_payment_method_types": ["card"]}, "payment_method"),
        ({"mandate_data": ""}, "mandate_data"),
        ({"payment_method_data": {"type": "sepa_debit"}}, "payment_method_data[sepa_debit]"),
        (
            {"payment_method_data": {"type": "sepa_debit", "sepa_debit": {"iban": SUCCEEDS}}},
            "payment_method_data[billing_details][name]",
        ),
        (
            {"payment_method_data": {**debit()["payment_method_data"], "sepa_debit": {"iban": "AT32"}}},
            "payment_method_data[sepa_debit][iban]",
        ),
    ],
)
def test_a_debit_that_cannot_be_is_refused(api: Client, fields: dict[str, Any], param: str) -> None:
    error = api.refused("/v1/payment_intents", debit(**fields))

    assert (error["status"], error["param"]) == (400, param)


ONLINE = {"type": "online", "online": {"ip_address": "192.0.2.7", "user_agent": "a browser"}}


@pytest.mark.parametrize(
    ("acceptance", "param"),
    [
        ({"type": "online"}, "[online]"),
        ({"type": "online", "online": {"ip_address": "192.0.2.7"}}, "[online][user_agent]"),
        (
            {"type": "online", "online": {"ip_address": "home", "user_agent": "a browser"}},
            "[online][ip_address]",
        ),
        ({"type": "offline", "accepted_at": int(time.time()) + 9_999_999_999}, "[accepted_at]"),
        ({"type": "by heart"}, "[type]"),
    ],
)
def test_a_mandate_says_where_and_when_it_was_given(api: Client, acceptance: Any, param: str) -> None:
    error = api.refused("/v1/payment_intents", debit(mandate_data={"customer_acceptance": acceptance}))

    assert error["param"] == f"mandate_data[customer_acceptance]{param}"
    agreed = debit(mandate_data={"customer_acceptance": ONLINE})
    assert api.post("/v1/payment_intents", agreed)["status"] == "processing"


def test_a_card_needs_no_mandate(api: Client) -> None:
    fields = {"amount": 5000, "currency": "sek", "confirm": True, "payment_method": "pm_card_visa"}

    assert api.refused("/v1/payment_intents", {**fields, "mandate_data": AGREED})["param"] == "mandate_data"
