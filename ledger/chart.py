"""The chart of accounts: every address there is, the side its balance stands on, and who owns it."""

import re
from dataclasses import dataclass

from ledger.models import Account

PLATFORM_SIDES = {
    "stripe:clearing": Account.Side.DEBIT,
    "stripe:reserved": Account.Side.DEBIT,
    "bank:transit:platform": Account.Side.DEBIT,
    "bank:platform": Account.Side.DEBIT,
    "disputes:contested": Account.Side.DEBIT,
    "buyers:refunds": Account.Side.CREDIT,
    "suspense": Account.Side.CREDIT,
    "fx:position": Account.Side.CREDIT,
    "platform:vat": Account.Side.CREDIT,
    "platform:commission": Account.Side.CREDIT,
    "platform:stripe_fees": Account.Side.DEBIT,
    "platform:dispute_fees": Account.Side.DEBIT,
    "platform:losses": Account.Side.DEBIT,
}

SELLER_ADDRESS = re.compile(
    r"(?P<debit>stripe:connected:(?P<a>\d+)|bank:transit:(?P<b>\d+)|seller:(?P<c>\d+):receivable)"
    r"|seller:(?P<d>\d+):(?:payable|rolling_reserve|contested|reserved|in_transit)",
    re.ASCII,
)


class NotInTheChart(ValueError):
    """The address is none of the chart's."""


@dataclass(frozen=True)
class Place:
    """What the chart knows of an address: its side, and its owner's id where it has one."""

    side: str
    owner_id: int | None


def place_of(code: str) -> Place:
    """The side and the owner of an address.

    Raises:
        NotInTheChart: no such account may exist.
    """
    if code in PLATFORM_SIDES:
        return Place(side=PLATFORM_SIDES[code], owner_id=None)
    found = SELLER_ADDRESS.fullmatch(code)
    if found is None:
        raise NotInTheChart(f"{code} is no account of the chart.")
    owner_id = next(found[name] for name in "abcd" if found[name])
    side = Account.Side.DEBIT if found["debit"] else Account.Side.CREDIT
    return Place(side=side, owner_id=int(owner_id))


def payable(seller_id: int) -> str:
    """Earned, not yet on its way, not withheld."""
    return f"seller:{seller_id}:payable"


def reserved(seller_id: int) -> str:
    """In a payout being sent."""
    return f"seller:{seller_id}:reserved"


def in_transit(seller_id: int) -> str:
    """Transferred, not yet in the bank."""
    return f"seller:{seller_id}:in_transit"


def connected(seller_id: int) -> str:
    """The balance of the seller's own account at Stripe."""
    return f"stripe:connected:{seller_id}"


def bank_transit(seller_id: int) -> str:
    """Payouts created, not yet paid or failed."""
    return f"bank:transit:{seller_id}"


def receivable(seller_id: int) -> str:
    """What the seller owes us."""
    return f"seller:{seller_id}:receivable"


def rolling_reserve(seller_id: int) -> str:
    """Kept back by policy until a date."""
    return f"seller:{seller_id}:rolling_reserve"


def contested(seller_id: int) -> str:
    """Withheld, or claimed, for open disputes."""
    return f"seller:{seller_id}:contested"
