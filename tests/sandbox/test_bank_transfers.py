"""Bank transfers: money a customer sends pays what waits for it, in whole or in part."""

from typing import Any

import pytest
import stripe

from .client import Client
from .process import SandboxProcess

KIND = {"jpy": {"type": "jp_bank_transfer"}}
KIND["eur"] = {"type": "eu_bank_transfer", "eu_bank_transfer": {"country": "DE"}}  # type: ignore[dict-item]
WAITS = "display_bank_transfer_instructions"


@pytest.fixture
def alone(fresh: SandboxProcess) -> Client:
    """A client of a sandbox nobody else uses."""
    return Client(fresh.url)


def transfer(customer: str, currency: str = "jpy", **options: Any) -> dict[str, Any]:
    """What a payment by bank transfer is asked with."""
    options = {"funding_type": "bank_transfer", "bank_transfer": KIND[currency], **options}
    return {
        "amount": 20_000,
        "currency": currency,
        "customer": customer,
        "confirm": True,
        "payment_method_types": ["customer_balance"],
        "payment_method_data": {"type": "customer_balance"},
        "payment_method_options": {"customer_balance": options},
    }


def send(api: Client, customer: str, amount: int, currency: str = "jpy") -> Any:
    """Money arrives from the customer's bank, as Stripe's own client makes it arrive."""
    client = stripe.StripeClient("sk_test_of_the_buyer", base_addresses={"api": api.url})
    asked: Any = {"amount": amount, "currency": currency}
    return client.v1.test_helpers.customers.fund_cash_balance(customer, asked)


def waits(api: Client, intent: str) -> tuple[str, int | None]:
    """How an intent stands, and what it still needs."""
    found = api.get(f"/v1/payment_intents/{intent}")
    action = found["next_action"]
    return found["status"], action[WAITS]["amount_remaining"] if action else None


def kinds(api: Client) -> list[str]:
    return [one["type"] for one in api.get("/v1/events", {"limit": 100})["data"]][::-1]


def test_a_part_is_waited_with_and_the_rest_pays(alone: Client) -> None:
    customer = alone.post("/v1/customers")["id"]
    asked = alone.post("/v1/payment_intents", transfer(customer))
    told = asked["next_action"][WAITS]
    entry = send(alone, customer, 8_000)
    funded = waits(alone, asked["id"])

    send(alone, customer, 15_000)

    assert (told["amount_remaining"], told["type"], told["financial_addresses"][0]["type"]) == (
        20_000,
        "jp_bank_transfer",
        "zengin",
    )
    assert (entry.object, entry.net_amount, entry.type) == (
        "customer_cash_balance_transaction",
        8_000,
        "funded",
    )
    assert (waits(alone, asked["id"]), funded) == (("succeeded", None), ("requires_action", 12_000))
    assert [line["amount"] for line in alone.journal()] == [20_000]
    assert kinds(alone)[1:] == [
        "payment_intent.created",
        "payment_intent.requires_action",
        "customer_cash_balance_transaction.created",
        "payment_intent.partially_funded",
        "customer_cash_balance_transaction.created",
        "charge.succeeded",
        "payment_intent.succeeded",
    ]


def test_what_is_there_pays_at_once_and_the_oldest_comes_first(alone: Client) -> None:
    customer, other = (alone.post("/v1/customers")["id"] for _ in range(2))
    first, second, stranger = (
        alone.post("/v1/payment_intents", transfer(one))["id"] for one in (customer, customer, other)
    )
    send(alone, customer, 25_000)
    halfway = [waits(alone, one) for one in (first, second)]
    send(alone, customer, 35_000)

    third, fourth = (alone.post("/v1/payment_intents", transfer(customer)) for _ in range(2))

    assert halfway == [("succeeded", None), ("requires_action", 15_000)]
    assert waits(alone, second) == ("succeeded", None)
    assert (third["status"], third["amount_received"]) == ("succeeded", 20_000)
    assert waits(alone, fourth["id"]) == ("requires_action", 20_000)
    assert waits(alone, stranger) == ("requires_action", 20_000)
    assert alone.get("/v1/balance_transactions")["data"][0]["amount"] == 20_000


def test_money_of_another_currency_is_not_taken(alone: Client) -> None:
    customer = alone.post("/v1/customers")["id"]
    asked = alone.post("/v1/payment_intents", transfer(customer))["id"]

    send(alone, customer, 50_000, "eur")

    assert waits(alone, asked) == ("requires_action", 20_000)
    assert kinds(alone)[-1] == "customer_cash_balance_transaction.created"


@pytest.mark.parametrize("change", ["canceled", "updated", "confirmed"])
def test_what_was_sent_for_an_intent_that_changes_goes_back_to_the_customer(
    alone: Client, change: str
) -> None:
    customer = alone.post("/v1/customers")["id"]
    asked = alone.post("/v1/payment_intents", transfer(customer))["id"]
    send(alone, customer, 15_000)
    path = f"/v1/payment_intents/{asked}"
    if change == "canceled":
        alone.post(f"{path}/cancel")
    elif change == "updated":
        alone.post(path, {"currency": "eur", "payment_method_options": eur_options()})
    else:
        alone.post(f"{path}/confirm", {"payment_method": "pm_card_visa", "payment_method_types": ["card"]})

    next_one = alone.post("/v1/payment_intents", {**transfer(customer), "amount": 15_000})

    assert next_one["status"] == "succeeded"


def eur_options() -> dict[str, Any]:
    return {"customer_balance": {"funding_type": "bank_transfer", "bank_transfer": KIND["eur"]}}


def test_how_a_transfer_comes_is_told_and_checked(api: Client) -> None:
    customer = api.post("/v1/customers")["id"]
    told = api.post("/v1/payment_intents", {**transfer(customer, "eur"), "confirm": False})
    wrong: dict[str, Any] = {
        "without how": {"payment_method_options": {}},
        "of another currency": {"currency": "eur"},
        "without a customer": {"customer": None},
        "taken later": {"capture_method": "manual"},
    }
    names = {}
    for name, change in wrong.items():
        asked = {key: value for key, value in {**transfer(customer), **change}.items() if value is not None}
        names[name] = api.refused("/v1/payment_intents", asked)["param"]
    path = f"/v1/payment_intents/{told['id']}"
    balance = "payment_method_options[customer_balance]"

    assert told["payment_method_options"]["customer_balance"] == eur_options()["customer_balance"]
    assert names == {
        "without how": balance,
        "of another currency": balance,
        "without a customer": "customer",
        "taken later": "capture_method",
    }
    for bad in ({"bank_transfer": KIND["jpy"]}, {"funding_type": ""}, {"bank_transfer": {"type": "swift"}}):
        options = {"customer_balance": {**eur_options()["customer_balance"], **bad}}
        assert api.refused(path, {"payment_method_options": options})["status"] == 400
        assert api.refused(f"{path}/confirm", {"payment_method_options": options})["status"] == 400
    without_country = {"funding_type": "bank_transfer", "bank_transfer": {"type": "eu_bank_transfer"}}
    assert (
        api.refused(path, {"payment_method_options": {"customer_balance": without_country}})["param"]
        == balance
    )


@pytest.mark.parametrize("currency", ["sek", "zzz"])
def test_a_currency_no_transfer_comes_in_is_refused(api: Client, currency: str) -> None:
    customer = api.post("/v1/customers")["id"]

    with pytest.raises(stripe.InvalidRequestError) as refused:
        send(api, customer, 5_000, currency)

    assert refused.value.param == "currency"


def test_the_older_name_of_a_japanese_transfer_is_taken_of_older_clients_only(api: Client) -> None:
    customer = api.post("/v1/customers")["id"]
    older = transfer(customer, bank_transfer={"type": "jp_bank_account"})

    taken = api.post("/v1/payment_intents", older)
    refused = api.refused("/v1/payment_intents", older, Stripe_Version="2026-10-28.endive")

    assert taken["payment_method_options"]["customer_balance"]["bank_transfer"]["type"] == "jp_bank_transfer"
    assert refused["param"] is not None
