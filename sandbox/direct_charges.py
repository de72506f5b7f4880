"""Charges without an intent: a card token, an amount, and the money at once. Older clients send them."""

from typing import Any

from sandbox.addresses import shipment_of
from sandbox.amounts import check_amount, check_currency
from sandbox.calls import Call, Operation, takes
from sandbox.cards import DECLINES, NEEDS_APPROVAL, NEEDS_APPROVAL_UNLESS_SET_UP, card_of_token
from sandbox.charges import capture_held, charge_intent
from sandbox.errors import CardDeclined, StripeError, invalid, resource_missing
from sandbox.identities import new_id
from sandbox.metadata import merged
from sandbox.payment_methods import make_payment_method
from sandbox.store import Stored

PLAIN = (
    "description",
    "receipt_email",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
)


def create_charge(call: Call) -> dict[str, Any]:
    """Charge a token such as `tok_visa`. A decline is a 402, and the failed charge stays."""
    sent = call.parameters
    for name in ("amount", "currency", "source"):
        if name not in sent:
            raise invalid(f"Missing required param: {name}.", param=name, code="parameter_missing")
    currency = check_currency(sent["currency"])
    amount_minor = check_amount(sent["amount"], currency)
    if card_of_token(sent["source"]) is None:
        raise resource_missing("token", sent["source"], param="source", status=400)
    method = make_payment_method(call, {"type": "card", "card": {"token": sent["source"]}}, inside="source")
    asked = _asked(call, method, amount_minor, currency)
    decline = _decline_of(method.private["behaviour"])
    charge = charge_intent(call, asked, method, captured=sent.get("capture", True), decline=decline)
    if decline:
        code, decline_code, message, advice = DECLINES[decline]
        raise CardDeclined(
            message, code=code, decline_code=decline_code, advice_code=advice, charge=charge["id"]
        )
    return charge


def _asked(call: Call, method: Stored, amount_minor: int, currency: str) -> dict[str, Any]:
    """What is asked for, in the words a charge is made of."""
    sent = call.parameters
    return {
        "object": "charge",
        "amount": amount_minor,
        "currency": currency,
        "customer": None,
        "metadata": merged({}, sent.get("metadata")),
        "on_behalf_of": None,
        "shipping": shipment_of(sent["shipping"]) if "shipping" in sent else None,
        "source": _source(method.data["card"]),
        **{name: sent.get(name) for name in PLAIN},
    }


def _source(card: dict[str, Any]) -> dict[str, Any]:
    """The card as older clients know it."""
    unknown = ("address_city", "address_country", "address_line1", "address_line1_check", "address_line2",
               "address_state", "address_zip", "address_zip_check", "cvc_check", "dynamic_last4", "name",
               "tokenization_method")  # fmt: skip
    kept = (
        "country",
        "exp_month",
        "exp_year",
        "fingerprint",
        "funding",
        "last4",
        "regulated_status",
        "wallet",
    )
    return {
        "id": new_id("card"),
        "object": "card",
        "brand": card["brand"].capitalize(),
        "customer": None,
        "metadata": {},
        **{name: card[name] for name in kept},
        **dict.fromkeys(unknown),
    }


def _decline_of(behaviour: str) -> str | None:
    """Nobody is there to approve: a card that asks for it is declined."""
    if behaviour in (NEEDS_APPROVAL, NEEDS_APPROVAL_UNLESS_SET_UP):
        return "authentication_required"
    return behaviour if behaviour in DECLINES else None


def capture_charge(call: Call) -> dict[str, Any]:
    """Take the authorised money of a charge that has no intent."""
    found = call.find("charge")
    charge = found.data
    if charge["payment_intent"]:
        raise StripeError("The charge belongs to a PaymentIntent: capture that.")
    if charge["captured"] or not charge["paid"]:
        raise StripeError("The charge has been captured already, or failed.", code="charge_already_captured")
    amount_minor = call.parameters.get("amount", charge["amount"])
    if not 0 < amount_minor <= charge["amount"]:
        message = f"Between 1 and {charge['amount']} can be captured."
        raise StripeError(message, param="amount", code="parameter_invalid_integer")
    return capture_held(call, found, amount_minor=amount_minor)


OPERATIONS = [
    Operation(
        "POST",
        "/v1/charges",
        create_charge,
        takes(*PLAIN, "amount", "capture", "currency", "metadata", "shipping", "source"),
    ),
    Operation(
        "POST",
        "/v1/charges/{id}/capture",
        capture_charge,
        takes(
            "amount", "receipt_email", "statement_descriptor", "statement_descriptor_suffix", "transfer_group"
        ),
    ),
]
