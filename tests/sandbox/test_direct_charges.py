"""Charges without an intent, as older clients make them."""

import pytest

from .client import Client

NEW = {"amount": 5000, "currency": "sek", "source": "tok_visa"}


def test_a_token_is_charged_and_booked_at_once(api: Client) -> None:
    charge = api.post("/v1/charges", {**NEW, "expand": ["balance_transaction"]})

    assert (charge["status"], charge["captured"], charge["payment_intent"]) == ("succeeded", True, None)
    assert (charge["source"]["object"], charge["source"]["last4"]) == ("card", "4242")
    assert charge["balance_transaction"]["net"] == 5000 - 255


def test_a_held_charge_is_captured_once_and_in_part(api: Client) -> None:
    held = api.post("/v1/charges", {**NEW, "capture": False})
    path = f"/v1/charges/{held['id']}/capture"
    assert (held["captured"], held["balance_transaction"]) == (False, None)

    taken = api.post(path, {"amount": 2000})

    assert (taken["captured"], taken["amount_captured"], taken["amount_refunded"]) == (True, 2000, 3000)
    assert api.refused(path)["code"] == "charge_already_captured"


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("tok_chargeDeclined", "card_declined"),
        ("tok_visa_chargeDeclinedExpiredCard", "expired_card"),
        ("tok_authenticationRequired", "authentication_required"),
    ],
)
def test_a_declined_token_is_a_402_and_leaves_a_failed_charge(api: Client, token: str, code: str) -> None:
    error = api.refused("/v1/charges", {**NEW, "source": token})

    assert (error["status"], error["type"], error["code"]) == (402, "card_error", code)
    charge = api.get(f"/v1/charges/{error['charge']}")
    assert (charge["status"], charge["paid"], charge["failure_code"]) == ("failed", False, code)


@pytest.mark.parametrize("missing", ["amount", "currency", "source"])
def test_amount_currency_and_source_are_needed(api: Client, missing: str) -> None:
    error = api.refused("/v1/charges", {name: value for name, value in NEW.items() if name != missing})

    assert (error["code"], error["param"]) == ("parameter_missing", missing)


def test_a_token_nobody_knows_is_missing(api: Client) -> None:
    error = api.refused("/v1/charges", {**NEW, "source": "tok_nobody"})

    assert (error["status"], error["code"], error["param"]) == (400, "resource_missing", "source")


def test_the_charge_of_an_intent_is_captured_through_it(api: Client) -> None:
    held = api.paid(capture_method="manual")

    assert api.refused(f"/v1/charges/{held['latest_charge']}/capture")["status"] == 400
