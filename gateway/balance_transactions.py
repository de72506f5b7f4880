"""Balance transactions: every movement of a balance at Stripe, ours or a seller's, as Stripe counts it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.client import StripeAway, acting_as, ask, stripe_client
from gateway.facts import NotReadable, moment
from gateway.pages import read_list


@dataclass(frozen=True)
class Movement:
    """One balance transaction. `net_minor` = `amount_minor` − `fee_minor`; below 0 what left.

    `source` is the id of what moved the money: a charge, a transfer, a payout, or nothing. On a connected
    account `cause` is the transfer, or the reversal of one, that its source is the other end of.
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
    cause: str = ""


def list_movements(*, since: datetime, account_id: str = "") -> Iterator[list[Movement]]:
    """What moved the account's balance since then (without an account: ours), newest first, a page at a time.

    Raises:
        StripeAway: no answer, or one that could not be read.
        StripeRefused: see there.
    """
    expanded = {"expand": ["data.source"]} if account_id else {}
    return read_list(
        "/v1/balance_transactions", read_movement, account_id=account_id, since=since, **expanded
    )


def retrieve_movement(stripe_id: str, *, account_id: str) -> Movement:
    """One movement of a connected account.

    Raises:
        StripeAway: no answer, or one that could not be read.
        StripeRefused: there is none.
    """
    expanded: Any = {"expand": ["source"]}
    movements = stripe_client().v1.balance_transactions
    told = ask(lambda: movements.retrieve(stripe_id, expanded, acting_as(account_id)).to_dict())
    try:
        return read_movement(told)
    except NotReadable as unread:
        raise StripeAway("Stripe's answer about a movement could not be read.") from unread


def retrieve_balance(account_id: str = "") -> dict[str, int]:
    """What stands on our balance now, or on a connected account's, by currency, in the smallest unit.

    Available and still pending: what all its movements add up to.

    Raises:
        StripeAway: no answer, or one that could not be read.
        StripeRefused: see there.
    """
    told = ask(lambda: stripe_client().v1.balance.retrieve(options=acting_as(account_id)).to_dict())
    balance: Counter[str] = Counter()
    try:
        for part in (*told["available"], *told["pending"]):
            balance[str(part["currency"]).upper()] += int(part["amount"])
    except (LookupError, TypeError, ValueError) as amiss:
        raise StripeAway(f"Stripe's word on a balance could not be read: {amiss}") from amiss
    return dict(balance)


def read_movement(told: Mapping[str, Any]) -> Movement:
    """Read a balance transaction.

    Raises:
        NotReadable: a field we rely on is missing, or its amounts do not add up.
    """
    try:
        source = told.get("source")
        expanded = source if isinstance(source, Mapping) else {}
        movement = Movement(
            id=str(told["id"]),
            type=str(told["type"]),
            source=str((expanded.get("id") if expanded else source) or ""),
            currency=str(told["currency"]).upper(),
            amount_minor=int(told["amount"]),
            fee_minor=int(told["fee"]),
            net_minor=int(told["net"]),
            available_at=moment(int(told["available_on"])),
            created_at=moment(int(told["created"])),
            cause=str(expanded.get("source_transfer") or expanded.get("source_transfer_reversal") or ""),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as missing:
        raise NotReadable(f"The balance transaction lacks {missing}.") from missing
    if movement.net_minor != movement.amount_minor - movement.fee_minor:
        raise NotReadable(f"{movement.id} does not add up.")
    return movement
