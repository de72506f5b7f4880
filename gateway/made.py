"""What was made at Stripe and moved money: charges, transfers and payouts, as its lists tell them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stripe import RequestOptions

from gateway.client import StripeAway, acting_as, ask, stripe_client
from gateway.facts import NotReadable, moment
from gateway.pages import read_list

CHARGE, TRANSFER, PAYOUT = "charge", "transfer", "payout"
CAME_BACK = ("failed", "canceled")


@dataclass(frozen=True)
class Made:
    """One of them. Of its amount `stands_minor` is still where it went: 0 of what failed or was taken back.

    `account_id` is the connected account that it is on or goes to, empty for our own. `own_id` is what our
    metadata says it is for: a charge's payment, a transfer's call, a payout's attempt. A charge has the id of
    its PaymentIntent.
    """

    type: str
    id: str
    account_id: str
    status: str
    currency: str
    amount_minor: int
    stands_minor: int
    created_at: datetime
    own_id: str = ""
    intent_id: str = ""


def list_made(
    type: str, *, since: datetime, until: datetime | None = None, account_id: str = ""
) -> Iterator[list[Made]]:
    """What was made of that type from then on and before `until`, newest first, a page at a time.

    Raises:
        StripeAway: no answer, or one that could not be read.
        StripeRefused: see there.
    """
    span = {"gte": int(since.timestamp())} | ({"lt": int(until.timestamp())} if until else {})
    on = account_id if type == PAYOUT else None
    path, read = f"/v1/{type}s", READERS[type]
    return read_list(path, lambda told: read(told, account_id), account_id=on, created=span)


def retrieve_made(type: str, stripe_id: str, *, account_id: str = "") -> Made:
    """One of them as it is now.

    Raises:
        StripeAway: no answer, or one that could not be read.
        StripeRefused: there is none.
    """
    told = tell_made(type, stripe_id, account_id=account_id)
    try:
        return READERS[type](told, account_id)
    except NotReadable as unread:
        raise StripeAway(f"Stripe's answer about a {type} could not be read.") from unread


def tell_made(type: str, stripe_id: str, *, account_id: str = "") -> dict[str, Any]:
    """One of them as it is now, as Stripe's webhooks tell it.

    Raises:
        StripeAway, StripeRefused: see there.
    """
    options = _options(type, account_id)
    return ask(lambda: _service(type).retrieve(stripe_id, options=options).to_dict())


def _service(type: str) -> Any:
    v1 = stripe_client().v1
    return {CHARGE: v1.charges, TRANSFER: v1.transfers, PAYOUT: v1.payouts}[type]


def _options(type: str, account_id: str) -> RequestOptions:
    """A payout is on the account itself; a transfer to it is ours."""
    return acting_as(account_id if type == PAYOUT else None)


def _read_charge(told: Mapping[str, Any], account_id: str) -> Made:
    intent = told.get("payment_intent")
    stands = int(told["amount_captured"]) if told["status"] == "succeeded" else 0
    return Made(
        **_in_common(told),
        account_id=account_id,
        status=str(told["status"]),
        stands_minor=stands,
        own_id=_own(told, "payment"),
        intent_id=str((intent.get("id") if isinstance(intent, Mapping) else intent) or ""),
    )


def _read_transfer(told: Mapping[str, Any], account_id: str) -> Made:
    return Made(
        **_in_common(told),
        account_id=str(told["destination"]),
        status="reversed" if told["reversed"] else "made",
        stands_minor=int(told["amount"]) - int(told["amount_reversed"]),
        own_id=_own(told, "call_id"),
    )


def _read_payout(told: Mapping[str, Any], account_id: str) -> Made:
    status = str(told["status"])
    return Made(
        **_in_common(told),
        account_id=account_id,
        status=status,
        stands_minor=0 if status in CAME_BACK else int(told["amount"]),
        own_id=_own(told, "attempt"),
    )


def _in_common(told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": str(told["object"]),
        "id": str(told["id"]),
        "currency": str(told["currency"]).upper(),
        "amount_minor": int(told["amount"]),
        "created_at": moment(int(told["created"])),
    }


def _own(told: Mapping[str, Any], name: str) -> str:
    metadata = told.get("metadata")
    return str(metadata.get(name) or "") if isinstance(metadata, Mapping) else ""


def _readable(read: Callable[[Mapping[str, Any], str], Made]) -> Callable[[Mapping[str, Any], str], Made]:
    """Whatever is missing or of another kind, it is not readable."""

    def reading(told: Mapping[str, Any], account_id: str) -> Made:
        try:
            return read(told, account_id)
        except (AttributeError, LookupError, TypeError, ValueError) as missing:
            raise NotReadable(f"It lacks {missing}.") from missing

    return reading


READERS = {
    CHARGE: _readable(_read_charge),
    TRANSFER: _readable(_read_transfer),
    PAYOUT: _readable(_read_payout),
}
