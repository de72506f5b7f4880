"""Transfers: one for one part of a sale, from its charge to the seller's connected account, and back."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.calls import Act, FoundAmiss, make_call, marked, newest_call, write_call
from gateway.client import stripe_client
from gateway.models import StripeCall
from gateway.pages import each_of
from gateway.payment_intents import transfer_group_of

PURPOSE, REVERSAL = "transfer", "reversal"
# Money moved, perhaps: after a stored failure nothing is tried anew for an hour.
QUIET = timedelta(hours=1)


def transfer_params(
    *,
    item_id: int,
    part: str,
    schedule_id: UUID,
    payment_id: UUID,
    amount_minor: int,
    currency: str,
    destination: str,
    charge_id: str,
) -> dict[str, Any]:
    """What Stripe is told of the way of one part of a sale to its seller; frozen with the call."""
    return {
        "amount": amount_minor,
        "currency": currency.lower(),
        "destination": destination,
        "source_transaction": charge_id,
        "transfer_group": transfer_group_of(payment_id),
        "metadata": {
            "item": str(item_id),
            "part": part,
            "schedule": str(schedule_id),
            "payment": str(payment_id),
        },
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


def transfer_of(item_id: int) -> StripeCall:
    """The newest call that makes an item's transfer; it was written with the reservation."""
    call = newest_call(purpose=PURPOSE, object_type="item", object_id=item_id)
    assert call is not None
    return call


def make_transfer(call: StripeCall, *, at: datetime) -> str:
    """Make the transfer of a written call, or find it; answers its id.

    Raises:
        StripeAway: not known whether it exists; the same call goes on later.
        StripeRefused: it does not exist, and Stripe will not make it.
        FoundAmiss: the part was transferred before, and not as this call says.
    """
    act = Act(
        perform=_create,
        look_up=_find_created,
        fetch=_fetch,
        quiet=QUIET,
        doubt_refusals=True,
        look_first=True,
    )
    return str(make_call(call, act, at=at)["id"])


def write_reversal(item_id: int, amount_minor: int, *, at: datetime) -> StripeCall:
    """Write down that an item's transfer is to be taken back; the caller commits it."""
    params = {"amount": amount_minor, "metadata": {"item": str(item_id)}}
    return write_call(purpose=REVERSAL, object_type="item", object_id=item_id, params=params, at=at)


def reverse_transfer(call: StripeCall, *, transfer_id: str, at: datetime) -> str:
    """Take a transfer back from the connected account, or find that it was; answers the reversal's id.

    Raises:
        StripeAway: not known whether it happened; the same call goes on later.
        StripeRefused: it did not happen; the money is not there any more.
    """
    act = Act(
        perform=lambda sent: _reverse(sent, transfer_id),
        look_up=lambda sent: _find_reversal(sent, transfer_id),
        fetch=lambda reversal_id: _fetch_reversal(transfer_id, reversal_id),
        quiet=QUIET,
        again_after_refusal=True,
        doubt_refusals=True,
    )
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
    """The transfer in the charge's group that this call made, or that an earlier item of the part made.

    Raises:
        FoundAmiss: more than one stands, or one of another amount or destination, or partly reversed.
    """
    part = call.params["metadata"]["part"]
    standing = [
        made
        for made in each_of("/v1/transfers", transfer_group=call.params["transfer_group"])
        if not made["reversed"] and made["metadata"].get("part") == part
    ]
    if len(standing) > 1:
        raise FoundAmiss(f"{len(standing)} transfers stand for one part of a sale.")
    wanted = [call.params["destination"], call.params["amount"], call.params["currency"], 0]
    for made in standing:
        if [made["destination"], made["amount"], made["currency"], made["amount_reversed"]] != wanted:
            raise FoundAmiss("A transfer stands for this part of the sale, and is another than was asked.")
    return next(iter(standing), None)


def _reverse(call: StripeCall, transfer_id: str) -> Mapping[str, Any]:
    made = stripe_client().v1.transfers.reversals.create(
        transfer_id,
        marked(call),  # type: ignore[arg-type]
        {"idempotency_key": call.idempotency_key},
    )
    return made.to_dict()


def _find_reversal(call: StripeCall, transfer_id: str) -> Mapping[str, Any] | None:
    """The reversal that was made for this item, by whichever of its calls: a transfer has one of ours."""
    reversals = each_of(f"/v1/transfers/{transfer_id}/reversals")
    return next((made for made in reversals if made["metadata"].get("item") == call.object_id), None)


def _fetch_reversal(transfer_id: str, reversal_id: str) -> Mapping[str, Any]:
    return stripe_client().v1.transfers.reversals.retrieve(transfer_id, reversal_id).to_dict()
