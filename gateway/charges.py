"""Charges: what buyers have paid, as Stripe counts it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.facts import NotReadable, moment
from gateway.pages import read_list


@dataclass(frozen=True)
class ChargeAtStripe:
    """One charge of our own account. `amount_minor` is what was taken, 0 where nothing was.

    `payment_id` is what our own metadata says, where we made its PaymentIntent; `begun_at` is when that was.
    """

    id: str
    amount_minor: int
    currency: str
    payment_id: str
    begun_at: datetime


def list_charges(*, since: datetime) -> Iterator[list[ChargeAtStripe]]:
    """What was charged since then, newest first, a page at a time, tries that failed among it.

    Raises:
        StripeAway: no answer, or one that could not be read.
        StripeRefused: see there.
    """
    return read_list("/v1/charges", read_listed_charge, since=since, expand=["data.payment_intent"])


def read_listed_charge(told: Mapping[str, Any]) -> ChargeAtStripe:
    """Read a charge whose `payment_intent` is expanded.

    Raises:
        NotReadable: a field we rely on is missing.
    """
    try:
        intent = told["payment_intent"] or {}
        return ChargeAtStripe(
            id=str(told["id"]),
            amount_minor=int(told["amount_captured"]) if told["status"] == "succeeded" else 0,
            currency=str(told["currency"]).upper(),
            payment_id=str((intent.get("metadata") or {}).get("payment") or ""),
            begun_at=moment(int(intent.get("created") or told["created"])),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as missing:
        raise NotReadable(f"It lacks {missing}.") from missing
