"""What a dispute is made of, and what a bank takes for it."""

from typing import Any

from sandbox.calls import Call
from sandbox.contract import schema_named
from sandbox.identities import new_id

SECONDS_TO_RESPOND = 9 * 24 * 3600
FEE_MINOR = {"sek": 15000, "nok": 15000, "dkk": 11000, "gbp": 2000, "jpy": 1300}
ORDINARY_FEE_MINOR = 1500
FILES = tuple(schema_named("Dispute.Evidence")["x-expandableFields"])
TEXTS = tuple(
    name
    for name in schema_named("DisputeUpdateParams.Evidence")["properties"]
    if name not in (*FILES, "appeal", "enhanced_evidence")
)
# The reason, the bank's own code for it, and whether the bank only asks before it takes the money.
STORIES = {
    "disputed_as_fraudulent": ("fraudulent", "10.4", False),
    "disputed_as_not_received": ("product_not_received", "13.1", False),
    "asked_about": ("fraudulent", "10.4", True),
}


def dispute_fee(currency: str) -> int:
    """In the currency's smallest unit; it stays paid, whatever becomes of the dispute."""
    return FEE_MINOR.get(currency, ORDINARY_FEE_MINOR)


def new_dispute(call: Call, charge: dict[str, Any], story: str) -> dict[str, Any]:
    """A dispute of the whole charge, waiting for an answer."""
    reason, code, inquiry = STORIES[story]
    card = charge["payment_method_details"]["card"]
    return {
        "id": new_id("dp"),
        "object": "dispute",
        "amount": charge["amount_captured"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": call.now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys((*FILES, *TEXTS)), "appeal": None, "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": call.now + SECONDS_TO_RESPOND,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "intended_submission_method": None,
        "is_charge_refundable": inquiry,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "card": {
                "brand": card["brand"],
                "case_type": "inquiry" if inquiry else "chargeback",
                "network": card["brand"],
                "network_reason_code": code,
            },
            "type": "card",
        },
        "reason": reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
    }
