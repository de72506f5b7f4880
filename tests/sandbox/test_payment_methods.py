"""Payment methods: made of a card, kept for a customer, used once or for good."""

from typing import Any

import pytest

from .client import Client

CARD = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}


def made(api: Client, **fields: Any) -> str:
    return str(api.post("/v1/payment_methods", {"type": "card", "card": CARD, **fields})["id"])


def customer(api: Client) -> str:
    return str(api.post("/v1/customers")["id"])


def test_a_card_shows_what_may_be_known_of_it(api: Client) -> None:
    card = api.get(f"/v1/payment_methods/{made(api)}")["card"]

    assert (card["brand"], card["last4"], card["exp_month"], card["exp_year"]) == ("visa", "4242", 12, 2040)
    assert "number" not in card and "cvc" not in card


@pytest.mark.parametrize(
    ("token", "brand", "last4"),
    [
        ("pm_card_visa", "visa", "4242"),
        ("pm_card_mastercard", "mastercard", "4444"),
        ("pm_card_amex", "amex", "0005"),
    ],
)
def test_a_test_token_becomes_a_payment_method_of_its_own(
    api: Client, token: str, brand: str, last4: str
) -> None:
    one = api.get(f"/v1/payment_methods/{token}")
    other = api.post(
        "/v1/payment_methods", {"type": "card", "card": {"token": token.replace("pm_card", "tok")}}
    )

    assert (one["card"]["brand"], one["card"]["last4"]) == (brand, last4)
    assert (other["card"]["brand"], other["card"]["last4"]) == (brand, last4)
    assert one["id"] != other["id"]


def test_a_two_digit_year_is_of_this_century(api: Client) -> None:
    shown = api.get(f"/v1/payment_methods/{made(api, card={**CARD, 'exp_year': 40})}")

    assert shown["card"]["exp_year"] == 2040


def test_a_payment_method_is_kept_for_the_customer_it_was_attached_to(api: Client) -> None:
    buyer, method = customer(api), made(api)

    attached = api.post(f"/v1/payment_methods/{method}/attach", {"customer": buyer})
    again = api.post(f"/v1/payment_methods/{method}/attach", {"customer": buyer})

    assert attached["customer"] == buyer
    assert again == attached
    assert [one["id"] for one in api.get(f"/v1/customers/{buyer}/payment_methods")["data"]] == [method]
    assert api.get(f"/v1/customers/{buyer}/payment_methods/{method}") == attached


def test_another_customer_cannot_have_it(api: Client) -> None:
    method = made(api)
    api.post(f"/v1/payment_methods/{method}/attach", {"customer": customer(api)})

    error = api.refused(f"/v1/payment_methods/{method}/attach", {"customer": customer(api)})

    assert error["code"] == "payment_method_unexpected_state"
    assert (
        api.refused(f"/v1/customers/{customer(api)}/payment_methods/{method}", method="GET")["status"] == 404
    )


@pytest.mark.parametrize("fields", [{}, {"customer": "cus_nobody"}])
def test_it_is_attached_to_a_customer_that_exists(api: Client, fields: dict[str, str]) -> None:
    assert api.refused(f"/v1/payment_methods/{made(api)}/attach", fields)["param"] == "customer"


def test_a_detached_payment_method_cannot_pay(api: Client) -> None:
    method = made(api)
    api.post(f"/v1/payment_methods/{method}/attach", {"customer": customer(api)})

    detached = api.post(f"/v1/payment_methods/{method}/detach")

    assert detached["customer"] is None
    pay = {"amount": 5000, "currency": "sek", "confirm": True, "payment_method": method}
    assert api.refused("/v1/payment_intents", pay)["param"] == "payment_method"
    assert api.refused(f"/v1/payment_methods/{method}/detach")["status"] == 400
    event = api.get("/v1/events", {"type": "payment_method.detached", "limit": 1})["data"][0]
    assert event["data"]["previous_attributes"]["customer"] is not None


def test_without_a_customer_a_payment_method_pays_once(api: Client) -> None:
    method = made(api)
    api.paid(card=method)

    again = {"amount": 5000, "currency": "sek", "confirm": True, "payment_method": method}
    assert api.refused("/v1/payment_intents", again)["param"] == "payment_method"


def test_a_kept_payment_method_pays_for_its_customer_only_and_often(api: Client) -> None:
    buyer, method = customer(api), made(api)
    api.post(f"/v1/payment_methods/{method}/attach", {"customer": buyer})

    assert api.paid(card=method, customer=buyer)["status"] == "succeeded"
    assert api.paid(card=method, customer=buyer)["status"] == "succeeded"
    stranger = {"amount": 5000, "currency": "sek", "confirm": True, "payment_method": method}
    assert api.refused("/v1/payment_intents", stranger)["param"] == "payment_method"


def test_paying_can_keep_the_card_for_later(api: Client) -> None:
    buyer = customer(api)

    api.paid(customer=buyer, setup_future_usage="off_session")

    kept = api.get("/v1/payment_methods", {"customer": buyer, "type": "card"})["data"]
    assert [one["customer"] for one in kept] == [buyer]


def test_changing_a_kept_card_changes_what_was_sent(api: Client) -> None:
    method = made(api, billing_details={"name": "Bo", "address": {"city": "Lund"}}, metadata={"a": "1"})
    path = f"/v1/payment_methods/{method}"
    assert api.refused(path, {"metadata": {"b": "2"}})["status"] == 400
    api.post(f"{path}/attach", {"customer": customer(api)})

    changed = api.post(
        path, {"billing_details": {"address": {"line1": "Storgatan 1"}}, "metadata": {"b": "2"}}
    )

    assert changed["billing_details"]["name"] == "Bo"
    assert changed["billing_details"]["address"]["city"] == "Lund"
    assert changed["billing_details"]["address"]["line1"] == "Storgatan 1"
    assert changed["metadata"] == {"a": "1", "b": "2"}
    assert api.refused(path, {"card": {"exp_year": 2019}})["code"] == "invalid_expiry_year"


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({}, "type"),
        ({"type": "card"}, "card"),
        ({"type": "card", "card": {"number": "4242424242424242"}}, "card[exp_month]"),
        ({"type": "card", "card": {"token": "tok_nobody"}}, "card[token]"),
        ({"type": "klarna"}, "type"),
        ({"type": "card", "card": "text"}, "card"),
    ],
)
def test_a_card_that_is_not_described_is_refused(api: Client, fields: dict[str, Any], param: str) -> None:
    error = api.refused("/v1/payment_methods", fields)

    assert (error["status"], error["param"]) == (400, param)
