"""Payment intents: made, changed, captured, canceled, and listed. Confirming has a file of its own."""

from typing import Any

from sandbox.bank_transfers import give_back
from sandbox.calls import Call, Operation, takes
from sandbox.charges import capture_held, journal_charge
from sandbox.confirmation import confirm, confirm_payment_intent, unexpected_state
from sandbox.contract import schema_named
from sandbox.errors import StripeError, forbidden, invalid
from sandbox.events import emit
from sandbox.intent_fields import CONFIRMED_WITH, DESCRIBED_WITH, apply_sent, new_intent
from sandbox.listing import PAGE, equal, list_objects
from sandbox.metadata import copy_sent, merged
from sandbox.store import Stored

CHANGEABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
CANCELABLE = (*CHANGEABLE, "requires_capture")
ONLY_WHILE_CONFIRMING = ("off_session", "error_on_requires_action", "return_url", "use_stripe_sdk",
                         "mandate_data")  # fmt: skip
MANDATE = tuple(
    f"mandate_data.customer_acceptance.{name}"
    for name in ("type", "accepted_at", "offline", "online.ip_address", "online.user_agent")
)


def create_payment_intent(call: Call) -> dict[str, Any]:
    """A new intent; `confirm=true` tries it at once."""
    sent = call.parameters
    if not sent.get("confirm"):
        for name in ONLY_WHILE_CONFIRMING:
            if name in sent:
                raise invalid(f"{name} can be given only together with confirm=true.", param=name)
    intent = new_intent(call)
    if "automatic_payment_methods" not in sent and "payment_method_types" not in sent:
        intent["automatic_payment_methods"] = {"allow_redirects": "always", "enabled": True}
    intent = apply_sent(call, intent)
    call.store.insert(account=call.account, data=intent)
    emit(call, "payment_intent.created", intent)
    return confirm(call, Stored(call.account, intent, {})) if sent.get("confirm") else intent


def retrieve_payment_intent(call: Call) -> dict[str, Any]:
    """One intent. A publishable key has to know its client_secret."""
    intent = call.find("payment_intent").data
    given = call.parameters.get("client_secret")
    if given is not None and given != intent["client_secret"]:
        raise wrong_secret()
    return intent


def wrong_secret() -> StripeError:
    """The secret belongs to no intent, or to another one."""
    return StripeError(
        "The client_secret provided does not match any associated PaymentIntent on this account.",
        param="client_secret",
        code="payment_intent_invalid_parameter",
    )


def guard_publishable(call: Call) -> None:
    """A publishable key sees and confirms the one intent whose secret it holds.

    Raises:
        StripeError: no secret, or the wrong one.
    """
    if call.client_secret is None:
        raise forbidden("A publishable key needs the client_secret of the PaymentIntent.")
    if call.find("payment_intent").data["client_secret"] != call.client_secret:
        raise wrong_secret()


def update_payment_intent(call: Call) -> dict[str, Any]:
    """Change what was sent, while the money has not moved; metadata and description always."""
    found = call.find("payment_intent")
    before, sent = found.data, call.parameters
    if before["status"] not in CHANGEABLE and set(sent) - {"metadata", "description", "receipt_email"}:
        raise unexpected_state(before, "updated")
    give_back(call, found)
    after = apply_sent(call, before)
    if before["status"] == "requires_action":
        after = {**after, "status": "requires_confirmation", "next_action": None}
    call.store.save(after)
    return after


def list_payment_intents(call: Call) -> dict[str, Any]:
    """Newest first; by customer."""
    return list_objects(call, "payment_intent", filters=equal("customer", call.parameters.get("customer")))


def cancel_payment_intent(call: Call) -> dict[str, Any]:
    """For good. An authorised charge is let go."""
    found = call.find("payment_intent")
    intent = found.data
    if intent["status"] not in CANCELABLE:
        raise unexpected_state(intent, "canceled")
    if intent["status"] == "requires_capture":
        _let_go(call, intent)
    give_back(call, found)
    after = {
        **intent,
        "status": "canceled",
        "amount_capturable": 0,
        "canceled_at": call.now,
        "cancellation_reason": call.parameters.get("cancellation_reason"),
        "next_action": None,
    }
    call.store.save(after)
    emit(call, "payment_intent.canceled", after)
    return after


def _let_go(call: Call, intent: dict[str, Any]) -> None:
    """The authorised money was never taken: the charge counts as refunded in full."""
    charge = call.find("charge", intent["latest_charge"]).data
    released = {**charge, "amount_refunded": charge["amount"], "refunded": True}
    call.store.save(released)
    journal_charge(call, {**released, "status": "canceled", "paid": False})
    emit(call, "charge.refunded", released, before=charge)


def capture_payment_intent(call: Call) -> dict[str, Any]:
    """Take the authorised money, or a part of it; the rest is let go."""
    found = call.find("payment_intent")
    intent, sent = found.data, call.parameters
    if intent["status"] != "requires_capture":
        raise unexpected_state(intent, "captured")
    amount_minor = sent.get("amount_to_capture", intent["amount_capturable"])
    if not 0 < amount_minor <= intent["amount_capturable"]:
        message = f"Between 1 and {intent['amount_capturable']} can be captured."
        raise StripeError(message, param="amount_to_capture", code="parameter_invalid_integer")
    charge = capture_held(call, call.find("charge", intent["latest_charge"]), amount_minor=amount_minor)
    after = {
        **intent,
        "metadata": merged(intent["metadata"], sent.get("metadata")),
        "status": "succeeded",
        "amount_capturable": 0,
        "amount_received": amount_minor,
        "latest_charge": charge["id"],
    }
    copy_sent(after, sent, "statement_descriptor", "statement_descriptor_suffix")
    call.store.save(after)
    emit(call, "payment_intent.succeeded", after)
    return after


METHOD_DATA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["type"],
    "properties": {
        **schema_named("PaymentIntentCreateParams.PaymentMethodData")["properties"],
        "type": {"type": "string"},
        "card": {"$ref": "#/components/schemas/PaymentMethodCreateParams.Card"},
    },
}
LEGACY_TYPES = {"type": "array", "items": {"type": "string"}}
ALSO = {"payment_method_data": METHOD_DATA}
OPTIONS = schema_named("PaymentIntentCreateParams.PaymentMethodOptions")
BALANCE = schema_named("PaymentIntentCreateParams.PaymentMethodOptions.CustomerBalance")
TRANSFER = schema_named("PaymentIntentCreateParams.PaymentMethodOptions.CustomerBalance.BankTransfer")
OLDER_TRANSFER = {**TRANSFER, "properties": {**TRANSFER["properties"], "type": {"type": "string"}}}
OLDER_BALANCE = {**BALANCE, "properties": {**BALANCE["properties"], "bank_transfer": OLDER_TRANSFER}}
OLDER_OPTIONS = {**OPTIONS, "properties": {**OPTIONS["properties"], "customer_balance": OLDER_BALANCE}}
LEGACY = {"payment_method_types": LEGACY_TYPES, "payment_method_options": OLDER_OPTIONS}
OPERATIONS = [
    Operation(
        "POST",
        "/v1/payment_intents",
        create_payment_intent,
        takes(
            *DESCRIBED_WITH,
            *ONLY_WHILE_CONFIRMING[:-1],
            *MANDATE,
            "automatic_payment_methods",
            "confirm",
            "confirmation_method",
        ),
        also=ALSO,
        legacy=LEGACY,
    ),
    Operation("GET", "/v1/payment_intents", list_payment_intents, takes(*PAGE, "created", "customer")),
    Operation(
        "GET",
        "/v1/payment_intents/{id}",
        retrieve_payment_intent,
        takes("client_secret"),
        publishable=True,
    ),
    Operation(
        "POST",
        "/v1/payment_intents/{id}",
        update_payment_intent,
        takes(*DESCRIBED_WITH),
        also=ALSO,
        legacy=LEGACY,
    ),
    Operation(
        "POST",
        "/v1/payment_intents/{id}/confirm",
        confirm_payment_intent,
        takes(*CONFIRMED_WITH, *ONLY_WHILE_CONFIRMING[:-1], *MANDATE, "amount_to_confirm"),
        publishable=True,
        also=ALSO,
        legacy=LEGACY,
    ),
    Operation("POST", "/v1/payment_intents/{id}/cancel", cancel_payment_intent, takes("cancellation_reason")),
    Operation(
        "POST",
        "/v1/payment_intents/{id}/capture",
        capture_payment_intent,
        takes("amount_to_capture", "metadata", "statement_descriptor", "statement_descriptor_suffix"),
    ),
]
