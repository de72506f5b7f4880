"""The other end of a transfer: what it looks like on the connected account."""

from typing import Any

from sandbox.balance import book
from sandbox.calls import Call
from sandbox.identities import new_id
from sandbox.payment_methods import billing_details
from sandbox.refund_fields import new_refund

UNKNOWN = (
    "application", "application_fee", "application_fee_amount", "calculated_statement_descriptor", "customer",
    "description", "failure_balance_transaction", "failure_code", "failure_message", "on_behalf_of",
    "payment_intent", "payment_method", "receipt_email", "receipt_number", "receipt_url", "review",
    "shipping", "source", "statement_descriptor", "statement_descriptor_suffix", "transfer_data",
)  # fmt: skip


def payment_of(own: Call, transfer: dict[str, Any], *, available_on: int) -> dict[str, Any]:
    """The payment that brings the money, kept on the connected account with its balance transaction."""
    identity = new_id("py")
    entry = book(
        own,
        amount_minor=transfer["amount"],
        fee_minor=0,
        currency=transfer["currency"],
        kind="payment",
        source=identity,
        available_on=available_on,
    )
    payment = {
        "id": identity,
        "object": "charge",
        **dict.fromkeys(UNKNOWN),
        "amount": transfer["amount"],
        "amount_captured": transfer["amount"],
        "amount_refunded": 0,
        "balance_transaction": entry["id"],
        "billing_details": billing_details(None),
        "captured": True,
        "created": own.now,
        "currency": transfer["currency"],
        "disputed": False,
        "fraud_details": {},
        "livemode": False,
        "metadata": {},
        "outcome": None,
        "paid": True,
        "payment_method_details": {"stripe_account": {}, "type": "stripe_account"},
        "refunded": False,
        "source_transfer": transfer["id"],
        "status": "succeeded",
        "transfer_group": transfer["transfer_group"],
    }
    own.store.insert(account=own.account, data=payment)
    return payment


def take_back(
    own: Call, transfer: dict[str, Any], reversal: str, *, amount_minor: int, available_on: int
) -> dict[str, Any]:
    """The refund of that payment by a reversal, so that the money leaves the connected account again."""
    payment = own.find("charge", transfer["destination_payment"]).data
    refund = new_refund(own, payment, prefix="pyr", amount_minor=amount_minor)
    entry = book(
        own,
        amount_minor=-amount_minor,
        fee_minor=0,
        currency=transfer["currency"],
        kind="payment_refund",
        source=refund["id"],
        available_on=available_on,
    )
    refund |= {"balance_transaction": entry["id"], "source_transfer_reversal": reversal}
    refunded_minor = payment["amount_refunded"] + amount_minor
    whole = refunded_minor == payment["amount"]
    own.store.insert(account=own.account, data=refund)
    own.store.save({**payment, "amount_refunded": refunded_minor, "refunded": whole})
    return refund
