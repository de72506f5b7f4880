"""Balance transactions: every movement of our balance at Stripe, as Stripe counts it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from gateway.client import stripe_client
from gateway.facts import NotReadable, moment
from gateway.pages import read_pages


@dataclass(frozen=True)
class Movement:
    """One balance transaction. `net_minor` = `amount_minor` − `fee_minor`; below 0 what left.

    `source` is the id of what moved the money: a charge, a transfer, a payout, or nothing.
    """

    id: str
    type: str
    source: str
    currency: str
    amount_minor: int
    fee_minor: int
    net_minor: int
    available_at: datetime
    created_at: datetime


def list_movements(*, since: datetime) -> Iterator[list[Movement]]:
    """What moved our balance since then, newest first, a page at a time.

    Raises:
        StripeAway: no answer, or one that could not be read.
        StripeRefused: see there.
    """
    return read_pages(partial(_page, since), read_movement, what="movements")


def read_movement(told: Mapping[str, Any]) -> Movement:
    """Read a balance transaction.

    Raises:
        NotReadable: a field we rely on is missing, or its amounts do not add up.
    """
    try:
        source = told.get("source")
        movement = Movement(
            id=str(told["id"]),
            type=str(told["type"]),
            source=str((source.get("id") if isinstance(source, Mapping) else source) or ""),
            currency=str(told["currency"]).upper(),
            amount_minor=int(told["amount"]),
            fee_minor=int(told["fee"]),
            net_minor=int(told["net"]),
            available_at=moment(int(told["available_on"])),
            created_at=moment(int(told["created"])),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as missing:
        raise NotReadable(f"The balance transaction lacks {missing}.") from missing
    if movement.net_minor != movement.amount_minor - movement.fee_minor:
        raise NotReadable(f"{movement.id} does not add up.")
    return movement


def _page(since: datetime, place: dict[str, Any]) -> dict[str, Any]:
    asked = {"created": {"gte": int(since.timestamp())}, **place}
    return stripe_client().v1.balance_transactions.list(asked).to_dict()  # type: ignore[arg-type]
