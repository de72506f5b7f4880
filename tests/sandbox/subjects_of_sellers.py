"""For every operation that moves money out, a call of it that works."""

from collections.abc import Callable
from functools import cache
from typing import Any

from .client import Client
from .sellers import AGAIN, BACK, SECOND_SUCCEEDS, american, arrived, bank_of, bare_account, funded, seller
from .subjects import Subject, at

BANK = {"object": "bank_account", "country": "SE", "account_number": SECOND_SUCCEEDS}


def account_at(path: str) -> Subject:
    """An address of a fresh account."""
    return Subject(lambda api: path.format(id=bare_account(api)["id"]))


def spare_bank(api: Client) -> str:
    """The address of a bank account that is not the default."""
    account = seller(api)
    bank = api.post(f"/v1/accounts/{account}/external_accounts", {"external_account": BANK})["id"]
    return f"/v1/accounts/{account}/external_accounts/{bank}"


def default_bank(api: Client) -> str:
    """The address of a bank account."""
    account = seller(api)
    return f"/v1/accounts/{account}/external_accounts/{bank_of(api, account)}"


def a_seller_exists(path: str) -> Subject:
    """A list that is not empty."""

    def address(api: Client) -> str:
        bare_account(api)
        return path

    return Subject(address)


def transfer(api: Client, **fields: Any) -> Any:
    """A transfer out of a charge, to a fresh account."""
    sent = {"currency": "sek", "source_transaction": funded(api)["id"], "destination": seller(api), **fields}
    return api.post("/v1/transfers", sent)


def reversal(api: Client) -> str:
    """The address of a reversal, of two."""
    path = f"/v1/transfers/{transfer(api)['id']}/reversals"
    api.post(path, {"amount": 100})
    return f"{path}/{api.post(path, {'amount': 200})['id']}"


def payout(api: Client) -> str:
    """The address of a pending payout."""
    funded(api)
    return f"/v1/payouts/{api.post('/v1/payouts', {'amount': 5000, 'currency': 'sek'})['id']}"


@cache
def american_seller(api_url: str) -> str:
    """One account whose payouts can be reversed, for all of them."""
    return american(Client(api_url))


def paid_payout(api: Client) -> str:
    """The address of a payout of that account that has arrived."""
    return f"/v1/payouts/{arrived(api, american_seller(api.url))['id']}"


def with_funds(path: str) -> Callable[[Client], str]:
    """An address that needs money to be there."""

    def address(api: Client) -> str:
        funded(api)
        return path

    return address


@cache
def transfers(api_url: str) -> str:
    """Two transfers with different groups and destinations."""
    api = Client(api_url)
    funded(api)
    for group in ("group_a", "group_b"):
        api.post("/v1/transfers", {**MOVED, "destination": seller(api), "transfer_group": group})
    return "/v1/transfers"


@cache
def payouts(api_url: str) -> str:
    """Two payouts, one of them canceled."""
    api = Client(api_url)
    payout(api)
    api.post(f"{payout(api)}/cancel")
    return "/v1/payouts"


def refund(api: Client) -> str:
    """The address of a refund."""
    return f"/v1/refunds/{api.post('/v1/refunds', {'charge': funded(api)['id']})['id']}"


@cache
def refunds(api_url: str) -> str:
    """Refunds of two charges."""
    api = Client(api_url)
    refund(api)
    refund(api)
    return "/v1/refunds"


def dispute(api: Client) -> str:
    """The address of a dispute that waits for an answer."""
    paid = api.paid(amount=5000, card="pm_card_createDispute")
    found = api.get("/v1/disputes", {"payment_intent": paid["id"]})["data"]
    return f"/v1/disputes/{found[0]['id']}"


@cache
def disputes(api_url: str) -> str:
    """Two disputes."""
    api = Client(api_url)
    dispute(api)
    dispute(api)
    return "/v1/disputes"


# Cards are refunded at once: there is nothing to cancel, ever.
NEVER_WORKS = ("POST /v1/refunds/{id}/cancel",)
MOVED = {"amount": 5000, "currency": "sek"}
SUBJECTS_OF_SELLERS = {
    "GET /v1/refunds": Subject(lambda api: refunds(api.url)),
    "POST /v1/refunds": Subject(at("/v1/refunds"), {"charge": lambda api: funded(api)["id"], "amount": 100}),
    "GET /v1/refunds/{id}": Subject(refund),
    "POST /v1/refunds/{id}": Subject(refund),
    "POST /v1/refunds/{id}/cancel": Subject(lambda api: f"{refund(api)}/cancel"),
    "GET /v1/disputes": Subject(lambda api: disputes(api.url)),
    "GET /v1/disputes/{id}": Subject(dispute),
    "POST /v1/disputes/{id}": Subject(dispute),
    "POST /v1/disputes/{id}/close": Subject(lambda api: f"{dispute(api)}/close"),
    "GET /v1/transfers": Subject(lambda api: transfers(api.url)),
    "POST /v1/transfers": Subject(
        with_funds("/v1/transfers"), {**MOVED, "destination": lambda api: seller(api)}
    ),
    "GET /v1/transfers/{id}": Subject(lambda api: f"/v1/transfers/{transfer(api)['id']}"),
    "POST /v1/transfers/{id}": Subject(lambda api: f"/v1/transfers/{transfer(api)['id']}"),
    "GET /v1/transfers/{id}/reversals": Subject(lambda api: reversal(api).rpartition("/")[0]),
    "POST /v1/transfers/{id}/reversals": Subject(
        lambda api: f"/v1/transfers/{transfer(api)['id']}/reversals",
        {"expand": ["balance_transaction"]},
    ),
    "GET /v1/transfers/{transfer}/reversals/{id}": Subject(reversal),
    "POST /v1/transfers/{transfer}/reversals/{id}": Subject(reversal),
    "GET /v1/payouts": Subject(lambda api: payouts(api.url)),
    "POST /v1/payouts": Subject(with_funds("/v1/payouts"), MOVED),
    "GET /v1/payouts/{id}": Subject(payout),
    "POST /v1/payouts/{id}": Subject(payout),
    "POST /v1/payouts/{id}/cancel": Subject(lambda api: f"{payout(api)}/cancel"),
    "POST /v1/payouts/{id}/reverse": Subject(
        lambda api: f"{paid_payout(api)}/reverse", acting=lambda api: american_seller(api.url)
    ),
    "GET /v1/accounts": a_seller_exists("/v1/accounts"),
    "POST /v1/accounts": Subject(at("/v1/accounts")),
    "GET /v1/accounts/{id}": account_at("/v1/accounts/{id}"),
    "POST /v1/accounts/{id}": account_at("/v1/accounts/{id}"),
    "DELETE /v1/accounts/{id}": account_at("/v1/accounts/{id}"),
    "POST /v1/accounts/{id}/reject": Subject(
        lambda api: f"/v1/accounts/{bare_account(api)['id']}/reject", {"reason": "terms_of_service"}
    ),
    "GET /v1/accounts/{id}/capabilities": account_at("/v1/accounts/{id}/capabilities"),
    "GET /v1/accounts/{account}/capabilities/{id}": account_at("/v1/accounts/{id}/capabilities/transfers"),
    "POST /v1/accounts/{account}/capabilities/{id}": account_at("/v1/accounts/{id}/capabilities/transfers"),
    "GET /v1/accounts/{id}/external_accounts": Subject(lambda api: spare_bank(api).rpartition("/")[0]),
    "POST /v1/accounts/{id}/external_accounts": Subject(
        lambda api: f"/v1/accounts/{seller(api)}/external_accounts", {"external_account": BANK}
    ),
    "GET /v1/accounts/{account}/external_accounts/{id}": Subject(default_bank),
    "POST /v1/accounts/{account}/external_accounts/{id}": Subject(spare_bank),
    "DELETE /v1/accounts/{account}/external_accounts/{id}": Subject(spare_bank),
    "POST /v1/accounts/{id}/login_links": Subject(lambda api: f"/v1/accounts/{seller(api)}/login_links"),
    "POST /v1/account_links": Subject(
        at("/v1/account_links"),
        {
            "account": lambda api: bare_account(api)["id"],
            "return_url": BACK,
            "refresh_url": AGAIN,
            "type": "account_onboarding",
        },
    ),
}
