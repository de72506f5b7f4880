"""For every operation, a call of it that works, to which a test can add one parameter at a time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from .client import Client

CARD = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040}
DESCRIBED = {"type": "card", "card": CARD}
ADDRESS = {"line1": "Storgatan 1"}
APPROVAL = {"confirm": True, "payment_method": "pm_card_authenticationRequired"}


@dataclass(frozen=True)
class Subject:
    """Where an operation is called, and the fields without which it does not work."""

    address: Callable[[Client], str]
    fields: dict[str, Any] = field(default_factory=dict)
    acting: Callable[[Client], str] | None = None

    def headers(self, api: Client) -> dict[str, str]:
        """The connected account that calls, where it is not the platform."""
        return {"Stripe_Account": self.acting(api)} if self.acting else {}

    def needed(self, api: Client) -> dict[str, Any]:
        """The fields; what has to be made first is made."""
        return {name: value(api) if callable(value) else value for name, value in self.fields.items()}


def at(path: str) -> Callable[[Client], str]:
    """The same address every time."""
    return lambda api: path


def intent(api: Client, **fields: Any) -> str:
    """A fresh intent that has not been confirmed."""
    return str(api.post("/v1/payment_intents", {"amount": 5000, "currency": "sek", **fields})["id"])


def customer(api: Client) -> str:
    """A fresh customer."""
    return str(api.post("/v1/customers", {"email": "fresh@shop.example"})["id"])


def kept_card(api: Client) -> str:
    """A fresh card kept for a fresh customer."""
    method = api.post("/v1/payment_methods", DESCRIBED)["id"]
    api.post(f"/v1/payment_methods/{method}/attach", {"customer": customer(api)})
    return str(method)


def endpoint(api: Client) -> str:
    """A fresh webhook endpoint."""
    fields = {"url": "http://127.0.0.1:9/", "enabled_events": ["charge.refunded"]}
    return str(api.post("/v1/webhook_endpoints", fields)["id"])


@cache
def world(api_url: str) -> dict[str, Any]:
    """Enough of everything, made once, for lists to have something to choose from."""
    api = Client(api_url)
    buyer = customer(api)
    known: dict[str, Any] = {"customer": buyer, "intents": []}
    for group, currency in (("group_a", "sek"), ("group_b", "eur"), ("group_a", "sek")):
        fields = {"transfer_group": group, "currency": currency, "customer": buyer}
        known["intents"].append(api.paid(amount=5000, **fields))
    api.paid(amount=5000)
    for allow in ("always", "limited", "always"):
        card = api.post("/v1/payment_methods", {**DESCRIBED, "allow_redisplay": allow})["id"]
        api.post(f"/v1/payment_methods/{card}/attach", {"customer": buyer})
        endpoint(api)
    customer(api)
    return known


def first_charge(api: Client) -> str:
    """A charge of the world."""
    return str(world(api.url)["intents"][0]["latest_charge"])


def held_charge(api: Client) -> str:
    """A fresh charge without an intent that was only authorised."""
    fields = {"amount": 5000, "currency": "sek", "source": "tok_visa", "capture": False}
    return str(api.post("/v1/charges", fields)["id"])


def entry(api: Client) -> str:
    """A balance transaction of the world."""
    return str(api.get(f"/v1/charges/{first_charge(api)}")["balance_transaction"])


def event(api: Client) -> str:
    """An event of the world."""
    world(api.url)
    return str(api.get("/v1/events", {"limit": 1})["data"][0]["id"])


def listing(path: str) -> Callable[[Client], str]:
    """A list over the world."""

    def address(api: Client) -> str:
        return path.format(customer=world(api.url)["customer"])

    return address


NEW_INTENT = {"amount": 5000, "currency": "sek"}
SUBJECTS = {
    "GET /v1/account": Subject(at("/v1/account")),
    "GET /v1/balance": Subject(at("/v1/balance")),
    "GET /v1/balance_transactions": Subject(listing("/v1/balance_transactions")),
    "GET /v1/balance_transactions/{id}": Subject(lambda api: f"/v1/balance_transactions/{entry(api)}"),
    "GET /v1/charges": Subject(listing("/v1/charges")),
    "POST /v1/charges": Subject(at("/v1/charges"), {"amount": 5000, "currency": "sek", "source": "tok_visa"}),
    "POST /v1/charges/{id}/capture": Subject(lambda api: f"/v1/charges/{held_charge(api)}/capture"),
    "GET /v1/charges/{id}": Subject(lambda api: f"/v1/charges/{first_charge(api)}"),
    "POST /v1/charges/{id}": Subject(lambda api: f"/v1/charges/{api.paid()['latest_charge']}"),
    "GET /v1/customers": Subject(listing("/v1/customers")),
    "POST /v1/customers": Subject(at("/v1/customers")),
    "GET /v1/customers/{id}": Subject(lambda api: f"/v1/customers/{customer(api)}"),
    "POST /v1/customers/{id}": Subject(lambda api: f"/v1/customers/{customer(api)}"),
    "DELETE /v1/customers/{id}": Subject(lambda api: f"/v1/customers/{customer(api)}"),
    "GET /v1/customers/{id}/payment_methods": Subject(listing("/v1/customers/{customer}/payment_methods")),
    "GET /v1/customers/{customer}/payment_methods/{id}": Subject(
        lambda api: _of_its_customer(api, kept_card(api))
    ),
    "GET /v1/events": Subject(listing("/v1/events")),
    "GET /v1/events/{id}": Subject(lambda api: f"/v1/events/{event(api)}"),
    "GET /v1/payment_intents": Subject(listing("/v1/payment_intents")),
    "POST /v1/payment_intents": Subject(at("/v1/payment_intents"), NEW_INTENT),
    "GET /v1/payment_intents/{id}": Subject(lambda api: f"/v1/payment_intents/{intent(api)}"),
    "POST /v1/payment_intents/{id}": Subject(lambda api: f"/v1/payment_intents/{intent(api)}"),
    "POST /v1/payment_intents/{id}/cancel": Subject(lambda api: f"/v1/payment_intents/{intent(api)}/cancel"),
    "POST /v1/payment_intents/{id}/capture": Subject(
        lambda api: f"/v1/payment_intents/{api.paid(capture_method='manual')['id']}/capture"
    ),
    "POST /v1/payment_intents/{id}/confirm": Subject(
        lambda api: f"/v1/payment_intents/{intent(api, payment_method='pm_card_visa')}/confirm"
    ),
    "GET /v1/payment_methods": Subject(listing("/v1/payment_methods")),
    "POST /v1/payment_methods": Subject(at("/v1/payment_methods"), DESCRIBED),
    "GET /v1/payment_methods/{id}": Subject(lambda api: f"/v1/payment_methods/{kept_card(api)}"),
    "POST /v1/payment_methods/{id}": Subject(lambda api: f"/v1/payment_methods/{kept_card(api)}"),
    "POST /v1/payment_methods/{id}/attach": Subject(
        lambda api: f"/v1/payment_methods/{api.post('/v1/payment_methods', DESCRIBED)['id']}/attach",
        {"customer": customer},
    ),
    "POST /v1/payment_methods/{id}/detach": Subject(
        lambda api: f"/v1/payment_methods/{kept_card(api)}/detach"
    ),
    "GET /v1/webhook_endpoints": Subject(listing("/v1/webhook_endpoints")),
    "POST /v1/webhook_endpoints": Subject(
        at("/v1/webhook_endpoints"), {"url": "http://127.0.0.1:9/", "enabled_events": ["charge.refunded"]}
    ),
    "GET /v1/webhook_endpoints/{id}": Subject(lambda api: f"/v1/webhook_endpoints/{endpoint(api)}"),
    "POST /v1/webhook_endpoints/{id}": Subject(lambda api: f"/v1/webhook_endpoints/{endpoint(api)}"),
    "DELETE /v1/webhook_endpoints/{id}": Subject(lambda api: f"/v1/webhook_endpoints/{endpoint(api)}"),
}


def _of_its_customer(api: Client, method: str) -> str:
    owner = api.get(f"/v1/payment_methods/{method}")["customer"]
    return f"/v1/customers/{owner}/payment_methods/{method}"
