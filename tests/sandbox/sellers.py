"""Connected accounts as a marketplace has them: made by the API, filled in at the hosted page."""

from typing import Any

import httpx

from tests import local

from .client import Client

SUCCEEDS = "SE3550000000054910000003"
SECOND_SUCCEEDS = "SE0850000000054910000004"
GERMAN_SUCCEEDS = "DE89370400440532013000"
GERMAN_FAILS = "DE62370400440532013001"
CLOSED = "SE7250000000000111111113"
NO_ACCOUNT = "SE8850000000000111111116"
CLOSED_LATE = "SE1050000000000555555559"
AMERICAN = {"object": "bank_account", "country": "US", "routing_number": "110000000"}
PLAIN_SUCCEEDS, PLAIN_CLOSED_LATE = "000123456789", "000555555559"
BACK, AGAIN = "https://market.example/back", "https://market.example/again"
DAY_SECONDS = 24 * 3600
WANTED = {
    "type": "express",
    "country": "SE",
    "email": "seller@market.example",
    "capabilities": {"transfers": {"requested": True}, "card_payments": {"requested": True}},
    "settings": {"payouts": {"schedule": {"interval": "manual"}}},
}


def bare_account(api: Client, **fields: Any) -> Any:
    """An account whose holder has not been at the hosted page."""
    return api.post("/v1/accounts", {**WANTED, **fields})


def link_to(api: Client, account: str, **more: Any) -> str:
    """A fresh link to the hosted page."""
    fields = {"account": account, "return_url": BACK, "refresh_url": AGAIN, "type": "account_onboarding"}
    return str(api.post("/v1/account_links", {**fields, **more})["url"])


def at_page(url: str, verdict: str, **fields: str) -> httpx.Response:
    """Press one of the page's buttons."""
    return local.post(f"{url}/{verdict}", data=fields)


def seller(api: Client, *, iban: str = SUCCEEDS, **fields: Any) -> str:
    """An account that may be paid."""
    account = str(bare_account(api, **fields)["id"])
    assert at_page(link_to(api, account), "complete", iban=iban, name="A Seller").status_code == 303
    return account


def bank_of(api: Client, account: str) -> str:
    """The newest bank account of an account."""
    return str(api.get(f"/v1/accounts/{account}")["external_accounts"]["data"][0]["id"])


def funded(api: Client, *, amount: int = 1_000_000, currency: str = "sek") -> Any:
    """A charge whose money is available at once."""
    paid = api.paid(amount=amount, currency=currency, card="pm_card_bypassPending")
    return api.get(f"/v1/charges/{paid['latest_charge']}")


def american(api: Client, *, number: str = PLAIN_SUCCEEDS, country: str = "US", **fields: Any) -> str:
    """An account with available dollars and a bank account over there that takes them."""
    account = seller(api, **fields)
    bank = {**AMERICAN, "country": country, "currency": "usd", "account_number": number}
    api.post(f"/v1/accounts/{account}/external_accounts", {"external_account": bank})
    charge = funded(api, amount=50_000, currency="usd")["id"]
    moved = {"amount": 50_000, "currency": "usd", "destination": account, "source_transaction": charge}
    api.post("/v1/transfers", moved)
    return account


def arrived(api: Client, account: str) -> Any:
    """A payout in dollars that has been paid; the clock is moved until then."""
    payout = api.post("/v1/payouts", {"amount": 5_000, "currency": "usd"}, Stripe_Account=account)
    api.control("POST", "clock", {"now": payout["arrival_date"]})
    return read(api, account, payout)


def read(api: Client, account: str, payout: Any) -> Any:
    """A payout of that account, as it is now."""
    return api.get(f"/v1/payouts/{payout['id']}", Stripe_Account=account)


def available(api: Client, account: str) -> int:
    """What an account of one currency may spend."""
    return int(api.get("/v1/balance", Stripe_Account=account)["available"][0]["amount"])


def pass_days(api: Client, days: int) -> None:
    """Move the sandbox's clock."""
    api.control("POST", "clock", {"advance_seconds": days * DAY_SECONDS})


def told(api: Client, kind: str, **headers: str) -> list[Any]:
    """The objects of the newest events of one type, newest first."""
    return [
        one["data"]["object"]
        for one in api.get("/v1/events", {"type": kind, "limit": 100}, **headers)["data"]
    ]
