"""Refunds: money of a charge that goes back to the card, in one part or in many."""

from dataclasses import replace
from typing import Any

from sandbox.balance import book, funds_moment
from sandbox.calls import Call, Operation, takes
from sandbox.cards import REFUND_FAILS
from sandbox.due import schedule
from sandbox.errors import StripeError, invalid
from sandbox.events import emit
from sandbox.journal import write_line
from sandbox.listing import PAGE, equal, list_objects
from sandbox.metadata import merged
from sandbox.refund_fields import new_refund
from sandbox.store import Stored

SECONDS_UNTIL_FAILURE = 2


def create_refund(call: Call) -> dict[str, Any]:
    """Give back that much of a charge, or all that is left. The charge's fee is not returned."""
    found = _charge_of(call)
    charge, sent = found.data, call.parameters
    if charge["balance_transaction"] is None:
        raise StripeError(
            "The charge has not been paid, or only authorised: cancel its PaymentIntent instead."
        )
    if charge["disputed"] and not _refundable_although_disputed(call, charge["id"]):
        raise StripeError("The charge has been charged back.", code="charge_disputed")
    amount_minor = _amount(charge, sent.get("amount"))
    refund = {
        **new_refund(call, charge, prefix="re", amount_minor=amount_minor),
        "metadata": merged({}, sent.get("metadata")),
        "reason": sent.get("reason"),
    }
    entry = book(
        call,
        amount_minor=-amount_minor,
        fee_minor=0,
        currency=charge["currency"],
        kind="refund",
        source=refund["id"],
        available_on=funds_moment(call, charge),
        description="REFUND FOR CHARGE",
    )
    refund["balance_transaction"] = entry["id"]
    call.store.insert(account=call.account, data=refund)
    after = _with_refunded(charge, amount_minor)
    call.store.save(after)
    if found.private.get("behaviour") == REFUND_FAILS:
        at = call.now + SECONDS_UNTIL_FAILURE
        schedule(call.store, at=at, kind="refund_failed", subject=refund["id"], account=call.account)
    _journal(call, refund, after)
    emit(call, "refund.created", refund)
    emit(call, "charge.refunded", after, before=charge)
    return refund


def _charge_of(call: Call) -> Stored:
    """The charge that was named, or the one that paid the intent that was named."""
    sent = call.parameters
    if "charge" in sent and "payment_intent" in sent:
        intent = call.find("payment_intent", sent["payment_intent"], param="payment_intent").data
        if intent["latest_charge"] != sent["charge"]:
            raise invalid("The charge is not of that PaymentIntent.", param="payment_intent")
    if "charge" in sent:
        return call.find("charge", sent["charge"], param="charge")
    if "payment_intent" not in sent:
        raise invalid(
            "One of the following params should be provided: payment_intent or charge.",
            param="charge",
            code="parameter_missing",
        )
    intent = call.find("payment_intent", sent["payment_intent"], param="payment_intent").data
    if intent["latest_charge"] is None or intent["status"] != "succeeded":
        raise StripeError(
            "This PaymentIntent does not have a successful charge to refund.",
            param="payment_intent",
            code="payment_intent_unexpected_state",
        )
    return call.find("charge", intent["latest_charge"])


def _refundable_although_disputed(call: Call, charge: str) -> bool:
    """While it is only asked about, or when the dispute was won."""
    row = call.store.execute(
        "SELECT 1 FROM objects WHERE account = ? AND type = 'dispute' AND json_extract(data, '$.charge') = ?"
        " AND NOT json_extract(data, '$.is_charge_refundable')",
        (call.account, charge),
    ).fetchone()
    return row is None


def _amount(charge: dict[str, Any], asked_minor: int | None) -> int:
    left_minor: int = charge["amount_captured"] - _given_back(charge)
    if left_minor == 0:
        raise StripeError(
            f"Charge {charge['id']} has already been refunded.",
            code="charge_already_refunded",
            charge=charge["id"],
        )
    amount_minor = left_minor if asked_minor is None else asked_minor
    if amount_minor <= 0:
        raise invalid("Invalid positive integer", param="amount", code="parameter_invalid_integer")
    if amount_minor > left_minor:
        raise StripeError(
            f"Refund amount ({amount_minor}) is greater than unrefunded amount on charge ({left_minor}).",
            param="amount",
        )
    return amount_minor


def _let_go(charge: dict[str, Any]) -> int:
    """What was authorised and never captured counts as refunded on the charge, without a refund."""
    return int(charge["amount"] - charge["amount_captured"])


def _given_back(charge: dict[str, Any]) -> int:
    return int(charge["amount_refunded"] - _let_go(charge))


def _with_refunded(charge: dict[str, Any], amount_minor: int) -> dict[str, Any]:
    refunded_minor = charge["amount_refunded"] + amount_minor
    return {**charge, "amount_refunded": refunded_minor, "refunded": refunded_minor == charge["amount"]}


def fail_refund(call: Call, identity: str) -> None:
    """The card's bank did not take it: the money is on the account again, and on the charge."""
    before = call.find("refund", identity).data
    charge = call.find("charge", before["charge"]).data
    entry = book(
        call,
        amount_minor=before["amount"],
        fee_minor=0,
        currency=before["currency"],
        kind="refund_failure",
        source=identity,
        available_on=funds_moment(call, charge),
        description="REFUND FAILURE",
    )
    failure = {"failure_balance_transaction": entry["id"], "failure_reason": "expired_or_canceled_card"}
    after = {**before, **failure, "status": "failed"}
    call.store.save(after)
    whole = _with_refunded(charge, -before["amount"])
    call.store.save(whole)
    _journal(call, after, whole)
    for kind in ("refund.updated", "charge.refund.updated", "refund.failed"):
        emit(call, kind, after, before=before)
    emit(call, "charge.updated", whole, before=charge)


def _journal(call: Call, refund: dict[str, Any], charge: dict[str, Any]) -> None:
    write_line(
        call,
        type="refund",
        id=refund["id"],
        status=refund["status"],
        amount=refund["amount"],
        currency=refund["currency"],
        charge=refund["charge"],
        payment_intent=refund["payment_intent"],
        transfer_group=charge["transfer_group"],
        metadata=refund["metadata"],
    )


def retrieve_refund(call: Call) -> dict[str, Any]:
    """One refund."""
    return call.find("refund").data


def update_refund(call: Call) -> dict[str, Any]:
    """Change its metadata."""
    before = call.find("refund").data
    after = {**before, "metadata": merged(before["metadata"], call.parameters.get("metadata"))}
    call.store.save(after)
    emit(call, "refund.updated", after, before=before)
    emit(call, "charge.refund.updated", after, before=before)
    return after


def cancel_refund(call: Call) -> dict[str, Any]:
    """Only a refund that waits for the buyer can be canceled, and those of cards never do.

    Raises:
        StripeError: always.
    """
    status = call.find("refund").data["status"]
    raise StripeError(f"Only refunds with status requires_action can be canceled; this one is {status}.")


def list_refunds(call: Call) -> dict[str, Any]:
    """Newest first; by charge or payment_intent."""
    sent = call.parameters
    filters = [*equal("charge", sent.get("charge")), *equal("payment_intent", sent.get("payment_intent"))]
    return list_objects(call, "refund", filters=filters)


def refunds_of(call: Call, charge: str) -> dict[str, Any]:
    """The newest refunds of a charge, as the charge shows them to who asks for it."""
    own = replace(call, parameters={})
    return list_objects(own, "refund", filters=equal("charge", charge), url=f"/v1/charges/{charge}/refunds")


ACTS = {"refund_failed": fail_refund}
OPERATIONS = [
    Operation(
        "POST",
        "/v1/refunds",
        create_refund,
        takes("amount", "charge", "metadata", "payment_intent", "reason"),
    ),
    Operation("GET", "/v1/refunds", list_refunds, takes(*PAGE, "charge", "created", "payment_intent")),
    Operation("GET", "/v1/refunds/{id}", retrieve_refund, takes()),
    Operation("POST", "/v1/refunds/{id}", update_refund, takes("metadata")),
    Operation("POST", "/v1/refunds/{id}/cancel", cancel_refund, takes()),
]
