"""What a refund is made of."""

from typing import Any

from sandbox.calls import Call
from sandbox.identities import new_id, random_letters


def new_refund(call: Call, charge: dict[str, Any], *, prefix: str, amount_minor: int) -> dict[str, Any]:
    """A refund of a charge that has succeeded, before it is booked."""
    card = charge["payment_method_details"]["type"] == "card"
    reference = {"reference": random_letters(15).upper(), "reference_status": "available",
                 "reference_type": "acquirer_reference_number", "type": "refund"}  # fmt: skip
    return {
        "id": new_id(prefix),
        "object": "refund",
        "amount": amount_minor,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": call.now,
        "currency": charge["currency"],
        "customer": charge["customer"],
        "customer_account": None,
        **({"destination_details": {"card": reference, "type": "card"}} if card else {}),
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": None,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }
