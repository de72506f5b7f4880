"""The platform's own account. Connected accounts are other rows of the same kind."""

from typing import Any

from sandbox.balance import DEFAULT_CURRENCY
from sandbox.calls import PLATFORM, Call, Operation, takes
from sandbox.errors import forbidden
from sandbox.store import Store


def platform_account() -> dict[str, Any]:
    """The account every test key belongs to."""
    return {
        "id": PLATFORM,
        "object": "account",
        "business_profile": None,
        "business_type": "company",
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "controller": {"type": "account"},
        "country": "SE",
        "default_currency": DEFAULT_CURRENCY,
        "details_submitted": True,
        "email": "platform@sandbox.example",
        "metadata": {},
        "payouts_enabled": True,
        "settings": None,
        "type": "standard",
    }


def acting_account(store: Store, header: str | None) -> str:
    """The account a call acts as.

    Raises:
        StripeError: 403, no such account is connected to this platform.
    """
    if header is None or header == PLATFORM:
        return PLATFORM
    if store.load(header, kind="account") is None:
        message = f"The provided key does not have access to account '{header}' (or it does not exist)."
        raise forbidden(message, code="account_invalid")
    return header


def retrieve_current_account(call: Call) -> dict[str, Any]:
    """The account the call acts as."""
    found = call.store.load(call.account, kind="account")
    return found.data if found else platform_account()


OPERATIONS = [Operation("GET", "/v1/account", retrieve_current_account, takes())]
