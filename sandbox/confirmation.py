"""Confirming a payment intent: the attempt, the buyer's approval, and how each can end."""

from typing import Any

from sandbox.bank_transfers import give_back, pay_by_transfer
from sandbox.calls import Call
from sandbox.cards import (
    DECLINES,
    NEEDS_APPROVAL,
    NEEDS_APPROVAL_UNLESS_SET_UP,
    SLOW_WEBHOOKS,
    SLOW_WEBHOOKS_DELAY_MS,
)
from sandbox.charges import book_charge, charge_intent
from sandbox.debits import ask_bank
from sandbox.errors import CardDeclined, StripeError, forbidden, invalid
from sandbox.events import emit
from sandbox.intent_fields import apply_sent
from sandbox.payment_methods import BANK_TRANSFER, DEBIT, attach
from sandbox.store import Stored

CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")


def unexpected_state(intent: dict[str, Any], verb: str) -> StripeError:
    """400 with the intent inside: its status does not allow that."""
    return StripeError(
        f"This PaymentIntent cannot be {verb} because its status is {intent['status']}.",
        code="payment_intent_unexpected_state",
        payment_intent=intent,
    )


def confirm_payment_intent(call: Call) -> dict[str, Any]:
    """Try to take the money. A decline is a 402, and the intent keeps its reason."""
    found = call.find("payment_intent")
    intent = found.data
    if intent["status"] not in CONFIRMABLE:
        raise unexpected_state(intent, "confirmed")
    if call.publishable and intent["confirmation_method"] == "manual":
        raise invalid("A PaymentIntent with confirmation_method=manual is confirmed with a secret key.")
    sent = call.parameters
    if call.publishable and "off_session" in sent:
        raise forbidden("off_session needs a secret key: with a publishable one the buyer is there.")
    if "amount_to_confirm" in sent and sent["amount_to_confirm"] != intent["amount"]:
        raise StripeError("amount_to_confirm differs from the amount.", param="amount_to_confirm")
    give_back(call, found)
    return confirm(call, Stored(found.account, apply_sent(call, intent), found.private))


def confirm(call: Call, found: Stored) -> dict[str, Any]:
    """Confirm an intent whose parameters are in place already."""
    intent, sent = found.data, call.parameters
    if intent["payment_method"] is None:
        raise StripeError(
            "You cannot confirm this PaymentIntent because it has no payment method.",
            code="payment_intent_unexpected_state",
            payment_intent=intent,
        )
    method = call.find("payment_method", intent["payment_method"], param="payment_method")
    if method.private["behaviour"] == SLOW_WEBHOOKS:
        call.delivery_delay_ms = SLOW_WEBHOOKS_DELAY_MS
    if "://" not in sent.get("return_url", "https://"):
        raise invalid("return_url must be an absolute URL.", param="return_url", code="url_invalid")
    if method.data["type"] == DEBIT:
        return ask_bank(call, found, method)
    if sent.get("mandate_data"):
        raise invalid("mandate_data goes with a sepa_debit only.", param="mandate_data")
    if method.data["type"] == BANK_TRANSFER:
        return pay_by_transfer(call, found)
    if not found.private.get("approved") and _needs_approval(method, intent):
        if sent.get("off_session") or sent.get("error_on_requires_action"):
            return _fail(call, found, method, decline="authentication_required")
        return _ask_approval(call, found)
    return attempt(call, found, method, approved=bool(found.private.get("approved")))


def _needs_approval(method: Stored, intent: dict[str, Any]) -> bool:
    wanted = intent["payment_method_options"]["card"]["request_three_d_secure"]
    behaviour = method.private["behaviour"]
    if behaviour == NEEDS_APPROVAL_UNLESS_SET_UP:
        return not method.private["set_up"]
    return behaviour == NEEDS_APPROVAL or wanted in ("any", "challenge")


def _ask_approval(call: Call, found: Stored) -> dict[str, Any]:
    """The buyer has to approve at the hosted page, by redirect or inside the page with Stripe.js."""
    intent, sent = found.data, call.parameters
    page = f"{call.base_url}/sandbox/3ds/{intent['id']}"
    return_url = sent.get("return_url")
    if return_url and not sent.get("use_stripe_sdk"):
        action = {"redirect_to_url": {"return_url": return_url, "url": page}, "type": "redirect_to_url"}
    else:
        sdk = {"type": "three_d_secure_redirect", "stripe_js": page}
        action = {"type": "use_stripe_sdk", "use_stripe_sdk": sdk}
        return_url = None
    after = {**intent, "status": "requires_action", "next_action": action}
    call.store.save(after, private={**found.private, "return_url": return_url})
    emit(call, "payment_intent.requires_action", after)
    return after


def attempt(call: Call, found: Stored, method: Stored, *, approved: bool) -> dict[str, Any]:
    """Charge the card, now that nothing else is asked of the buyer."""
    if method.private["behaviour"] in DECLINES:
        return _fail(call, found, method, decline=method.private["behaviour"])
    intent = found.data
    captured = intent["capture_method"] != "manual"
    books_later = intent["capture_method"] == "automatic_async"
    charge = charge_intent(
        call, intent, method, captured=captured, decline=None, approved=approved, books_later=books_later
    )
    after = {
        **intent,
        "status": "succeeded" if captured else "requires_capture",
        "amount_received": intent["amount"] if captured else 0,
        "amount_capturable": 0 if captured else intent["amount"],
        "latest_charge": charge["id"],
        "last_payment_error": None,
        "next_action": None,
    }
    call.store.save(after, private={**found.private, "approved": False})
    emit(call, "payment_intent.succeeded" if captured else "payment_intent.amount_capturable_updated", after)
    _remember_use(call, after, method)
    if captured and books_later:
        booked = book_charge(call, charge, behaviour=method.private["behaviour"])
        emit(call, "charge.updated", booked, before=charge)
    return after


def _remember_use(call: Call, intent: dict[str, Any], method: Stored) -> None:
    """Kept for the customer when that was asked for; otherwise it was good for this once."""
    if intent["setup_future_usage"] and intent["customer"]:
        call.find("customer", intent["customer"], param="customer")
        attach(call, method, intent["customer"])
        method.private["set_up"] = True
    method.private["used"] = method.data["customer"] is None
    call.store.save(method.data, private=method.private)


def _fail(call: Call, found: Stored, method: Stored, *, decline: str) -> dict[str, Any]:
    """A failed charge, an intent that wants another payment method, and the 402 that says so."""
    intent = found.data
    charge = charge_intent(call, intent, method, captured=False, decline=decline)
    code, decline_code, message, advice = DECLINES[decline]
    error = {
        "advice_code": advice,
        "charge": charge["id"],
        "code": code,
        "decline_code": decline_code,
        "doc_url": f"https://docs.stripe.com/error-codes/{code.replace('_', '-')}",
        "message": message,
        "network_decline_code": "01",
        "payment_method": method.data,
        "type": "card_error",
    }
    after = wanting_another_method(found, error=error, charge=charge["id"])
    call.store.save(after, private={**found.private, "approved": False})
    emit(call, "payment_intent.payment_failed", after)
    known = {name: value for name, value in error.items() if name not in ("message", "type")}
    raise CardDeclined(message, **known, payment_intent=after)


def wanting_another_method(
    found: Stored, *, error: dict[str, Any], charge: str | None = None
) -> dict[str, Any]:
    """The intent after a failure: it can be tried again with another payment method."""
    return {
        **found.data,
        "status": "requires_payment_method",
        "payment_method": None,
        "next_action": None,
        "last_payment_error": error,
        "latest_charge": charge or found.data["latest_charge"],
    }
