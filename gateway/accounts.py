"""Connected accounts: made once for a seller, onboarded at Stripe, read as Stripe tells them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gateway.calls import Act, make_call, marked
from gateway.client import ask, stripe_client
from gateway.facts import NotReadable
from gateway.models import StripeCall
from gateway.pages import each_of

PURPOSE = "account"


@dataclass(frozen=True)
class AccountFacts:
    """A connected account as Stripe tells it; of its bank account no more than the last four digits."""

    id: str
    details_submitted: bool
    payouts_enabled: bool
    transfers_active: bool
    manual_payouts: bool
    requirements: tuple[str, ...]
    disabled_reason: str
    bank_account_id: str
    bank_last4: str
    bank_country: str


def account_params(*, seller_id: int, email: str, country: str) -> dict[str, Any]:
    """An Express account that receives transfers and is paid out by us alone."""
    return {
        "type": "express",
        "country": country,
        "email": email,
        "capabilities": {"transfers": {"requested": True}},
        "settings": {"payouts": {"schedule": {"interval": "manual"}}},
        "metadata": {"seller": str(seller_id)},
    }


def create_account(call: StripeCall, *, at: datetime) -> AccountFacts:
    """Make the account of a written call, or find the one that it made before.

    Raises:
        StripeAway, StripeRefused: see there; the same call goes on later.
    """
    act = Act(
        perform=_create,
        look_up=_find_created,
        fetch=_fetch,
        quiet=timedelta(0),
        again_after_refusal=True,
    )
    return read_account(make_call(call, act, at=at))


def retrieve_account(account_id: str) -> AccountFacts:
    """The connected account as it is now.

    Raises:
        StripeAway, StripeRefused: see there.
    """
    return read_account(ask(lambda: _fetch(account_id)))


def retrieve_payout_interval() -> str:
    """How our own account is paid out: `manual`, or by which interval Stripe empties it.

    Raises:
        StripeAway, StripeRefused: see there.
    """
    own = ask(lambda: stripe_client().v1.accounts.retrieve_current().to_dict())
    schedule = _mapping(_mapping(_mapping(own.get("settings")).get("payouts")).get("schedule"))
    return str(schedule.get("interval") or "")


def onboarding_link(account_id: str, *, return_url: str, refresh_url: str) -> str:
    """The address at Stripe where the seller says who they are and where their bank is. Valid once.

    Raises:
        StripeAway, StripeRefused: see there.
    """
    link = ask(
        lambda: stripe_client().v1.account_links.create(
            {
                "account": account_id,
                "type": "account_onboarding",
                "return_url": return_url,
                "refresh_url": refresh_url,
            }
        )
    )
    return link.url


def read_account(told: Mapping[str, Any]) -> AccountFacts:
    """Read an account from an answer or an event.

    Raises:
        NotReadable: it has no id.
    """
    account_id = told.get("id")
    if not isinstance(account_id, str) or not account_id:
        raise NotReadable("id is missing.")
    requirements = _mapping(told.get("requirements"))
    schedule = _mapping(_mapping(_mapping(told.get("settings")).get("payouts")).get("schedule"))
    bank = _default_bank(_mapping(told.get("external_accounts")).get("data"))
    return AccountFacts(
        id=account_id,
        details_submitted=told.get("details_submitted") is True,
        payouts_enabled=told.get("payouts_enabled") is True,
        transfers_active=_mapping(told.get("capabilities")).get("transfers") == "active",
        manual_payouts=schedule.get("interval") == "manual",
        requirements=tuple(str(name) for name in requirements.get("currently_due") or ()),
        disabled_reason=str(requirements.get("disabled_reason") or ""),
        bank_account_id=str(bank.get("id") or ""),
        bank_last4=str(bank.get("last4") or ""),
        bank_country=str(bank.get("country") or ""),
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _default_bank(told: object) -> Mapping[str, Any]:
    banks = [one for one in told if isinstance(one, Mapping)] if isinstance(told, list) else []
    chosen = [one for one in banks if one.get("default_for_currency") is True] or banks
    return chosen[0] if chosen else {}


def _create(call: StripeCall) -> Mapping[str, Any]:
    made = stripe_client().v1.accounts.create(
        marked(call),  # type: ignore[arg-type]
        {"idempotency_key": call.idempotency_key},
    )
    return made.to_dict()


def _fetch(account_id: str) -> Mapping[str, Any]:
    return stripe_client().v1.accounts.retrieve(account_id).to_dict()


def _find_created(call: StripeCall) -> Mapping[str, Any] | None:
    """The account that was made for this seller by any attempt."""
    for made in each_of("/v1/accounts"):
        if _mapping(made.get("metadata")).get("seller") == call.params["metadata"]["seller"]:
            return made
    return None
