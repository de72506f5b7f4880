"""Transfers: one for one sale, from its charge to the seller's connected account."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.calls import Act, make_call, marked, write_call
from gateway.client import stripe_client
from gateway.models import StripeCall
from gateway.payment_intents import transfer_group_of

PURPOSE = "transfer"
# Money moved, perhaps: after a stored failure nothing is tried anew for an hour.
QUIET = timedelta(hours=1)


def transfer_params(
    *,
    item_id: int,
    schedule_id: UUID,
    payment_id: UUID,
    amount_minor: int,
    currency: str,
    destination: str,
    charge_id: str,
) -> dict[str, Any]:
    """What Stripe is told of one sale's way to its seller; frozen with the call."""
    return {
        "amount": amount_minor,
        "currency": currency.lower(),
        "destination": destination,
        "source_transaction": charge_id,
        "transfer_group": transfer_group_of(payment_id),
        "metadata": {"item": str(item_id), "schedule": str(schedule_id), "payment": str(payment_id)},
    }


def write_transfer(item_id: int, params: Mapping[str, Any], *, at: datetime) -> StripeCall:
    """Write down that the transfer is to be made; the caller commits it with the reservation."""
    return write_call(
        purpose=PURPOSE,
        object_type="item",
        object_id=item_id,
        params=params,
        at=at,
        anew_after_refusal=True,
    )


def make_transfer(call: StripeCall, *, at: datetime) -> str:
    """Make the transfer of a written call, or find it; answers its id.

    Raises:
        StripeAway: not known whether it exists; the same call goes on later.
        StripeRefused: it does not exist, and Stripe will not make it.
    """
    act = Act(perform=_create, look_up=_find_created, fetch=_fetch, quiet=QUIET, doubt_refusals=True)
    return str(make_call(call, act, at=at)["id"])


def _create(call: StripeCall) -> Mapping[str, Any]:
    made = stripe_client().v1.transfers.create(
        marked(call),  # type: ignore[arg-type]
        {"idempotency_key": call.idempotency_key},
    )
    return made.to_dict()


def _fetch(transfer_id: str) -> Mapping[str, Any]:
    return stripe_client().v1.transfers.retrieve(transfer_id).to_dict()


def _find_created(call: StripeCall) -> Mapping[str, Any] | None:
    """The transfer in the charge's group that this call made, or that an earlier item of the sale made."""
    page = stripe_client().v1.transfers.list({"transfer_group": call.params["transfer_group"], "limit": 100})
    wanted = (call.params["destination"], call.params["amount"])
    standing = [made for transfer in page.auto_paging_iter() if not (made := transfer.to_dict())["reversed"]]
    by_call = [made for made in standing if made["metadata"].get("call_id") == str(call.pk)]
    alike = [made for made in standing if (made["destination"], made["amount"]) == wanted]
    return next(iter(by_call + alike), None)
