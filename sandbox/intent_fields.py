"""What a payment intent is made of, and how sent parameters change it."""

from typing import Any

from sandbox.addresses import shipment_of
from sandbox.amounts import check_amount, check_currency
from sandbox.bank_transfers import kind_of_transfer
from sandbox.calls import Call
from sandbox.errors import StripeError, invalid
from sandbox.identities import new_id, random_letters
from sandbox.metadata import copy_sent, merged
from sandbox.payment_methods import BANK_TRANSFER, DEBIT, KINDS, make_payment_method, use_payment_method

OLDER_KINDS = {"jp_bank_account": "jp_bank_transfer"}
ASYNC_SINCE = "2024-04-10"
METHOD_DATA = tuple(
    f"payment_method_data.{name}"
    for name in (
        "type", "card.number", "card.exp_month", "card.exp_year", "card.cvc", "card.token",
        "card.networks.preferred", "sepa_debit.iban", "billing_details", "allow_redisplay", "metadata",
    )
)  # fmt: skip
OPTIONS = tuple(
    f"payment_method_options.{name}"
    for name in (
        "card.request_three_d_secure",
        "customer_balance.funding_type",
        "customer_balance.bank_transfer.type",
        "customer_balance.bank_transfer.eu_bank_transfer.country",
    )
)
CONFIRMED_WITH = (
    *METHOD_DATA, *OPTIONS, "payment_method", "receipt_email", "setup_future_usage", "shipping",
    "capture_method", "allowed_payment_method_types", "payment_method_types",
)  # fmt: skip
DESCRIBED_WITH = (
    *CONFIRMED_WITH, "amount", "currency", "customer", "description", "metadata", "statement_descriptor",
    "statement_descriptor_suffix", "transfer_group",
)  # fmt: skip


def new_intent(call: Call) -> dict[str, Any]:
    """An intent that wants nothing but its amount and a payment method."""
    identity = new_id("pi")
    return {
        "id": identity,
        "object": "payment_intent",
        "allowed_payment_method_types": None,
        "amount": 0,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic" if call.version < ASYNC_SINCE else "automatic_async",
        "client_secret": f"{identity}_secret_{random_letters(25)}",
        "confirmation_method": "automatic",
        "created": call.now,
        "currency": "",
        "customer": None,
        "customer_account": None,
        "description": None,
        "excluded_payment_method_types": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "managed_payments": None,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": dict(CARD_DEFAULTS)},
        "payment_method_types": ["card"],
        "payment_record": None,
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
    }


CARD_DEFAULTS = {
    "installments": None,
    "mandate_options": None,
    "network": None,
    "request_three_d_secure": "automatic",
}


def apply_sent(call: Call, intent: dict[str, Any]) -> dict[str, Any]:
    """The intent with all that was sent, of create, update or confirm alike.

    Raises:
        StripeError: an amount, currency, customer or payment method that cannot be used.
    """
    sent = call.parameters
    after = {**intent, "metadata": merged(intent["metadata"], sent.get("metadata"))}
    _apply_money(sent, after)
    copy_sent(
        after, sent, "description", "receipt_email", "setup_future_usage", "statement_descriptor",
        "statement_descriptor_suffix", "transfer_group", "capture_method", "confirmation_method",
    )  # fmt: skip
    if "customer" in sent:
        after["customer"] = call.find("customer", sent["customer"], param="customer").data["id"]
    if "shipping" in sent:
        after["shipping"] = shipment_of(sent["shipping"])
    if "automatic_payment_methods" in sent:
        after["automatic_payment_methods"] = _automatic(sent["automatic_payment_methods"])
    _apply_types(sent, after)
    _apply_options(sent, after)
    _apply_method(call, after)
    return after


def _apply_money(sent: dict[str, Any], after: dict[str, Any]) -> None:
    if "currency" in sent:
        after["currency"] = check_currency(sent["currency"])
    if "amount" in sent or "currency" in sent:
        after["amount"] = check_amount(sent.get("amount", after["amount"]), after["currency"])


def _automatic(sent: dict[str, Any]) -> dict[str, Any] | None:
    if not sent["enabled"]:
        return None
    return {"allow_redirects": sent.get("allow_redirects", "always"), "enabled": True}


def _apply_types(sent: dict[str, Any], after: dict[str, Any]) -> None:
    """Cards, unless others are named; the name `payment_method_types` is what older versions send."""
    for name in ("allowed_payment_method_types", "payment_method_types"):
        for kind in sent.get(name, []):
            if kind not in KINDS:
                raise invalid(f"The payment method type {kind} is not enabled in this sandbox.", param=name)
            if kind == DEBIT and after["currency"] != "eur":
                raise invalid("A sepa_debit is in eur.", param=name)
            if kind == BANK_TRANSFER:
                kind_of_transfer(after["currency"])
        if name in sent:
            after["payment_method_types"] = sent[name]
    if "allowed_payment_method_types" in sent:
        after["allowed_payment_method_types"] = sent["allowed_payment_method_types"]
    if "payment_method_types" in sent and after["automatic_payment_methods"]:
        raise invalid(
            "payment_method_types cannot be given together with automatic_payment_methods.",
            param="payment_method_types",
        )


def _apply_options(sent: dict[str, Any], after: dict[str, Any]) -> None:
    options = sent.get("payment_method_options", {})
    if "card" in options:
        card = {**CARD_DEFAULTS, **(options["card"] or {})}
        after["payment_method_options"] = {**after["payment_method_options"], "card": card}
    if "customer_balance" in options:
        transfer = _transfer_of(options["customer_balance"], after["currency"])
        after["payment_method_options"] = {**after["payment_method_options"], "customer_balance": transfer}


def _transfer_of(sent: dict[str, Any], currency: str) -> dict[str, Any]:
    """How the buyer sends the money: by the kind of transfer that fits the currency."""
    name = "payment_method_options[customer_balance]"
    if "funding_type" not in sent or "bank_transfer" not in sent:
        raise invalid(f"{name} needs funding_type and bank_transfer.", param=name, code="parameter_missing")
    transfer = dict(sent["bank_transfer"])
    transfer["type"] = OLDER_KINDS.get(transfer["type"], transfer["type"])
    if transfer["type"] != kind_of_transfer(currency):
        raise invalid(f"A transfer in {currency} is a {kind_of_transfer(currency)}.", param=name)
    if (transfer["type"] == "eu_bank_transfer") != ("eu_bank_transfer" in transfer):
        raise invalid("An eu_bank_transfer, and no other, names its country.", param=name)
    return {"bank_transfer": transfer, "funding_type": sent["funding_type"]}


def _apply_method(call: Call, after: dict[str, Any]) -> None:
    """Take the payment method that was named or described, if its owner may pay for this."""
    sent = call.parameters
    if "payment_method" in sent and "payment_method_data" in sent:
        raise invalid("Give either payment_method or payment_method_data.", param="payment_method_data")
    if "payment_method_data" in sent:
        method = make_payment_method(call, sent["payment_method_data"], inside="payment_method_data")
    elif "payment_method" in sent:
        method = use_payment_method(call, sent["payment_method"])
    else:
        return
    if method.data["type"] not in after["payment_method_types"]:
        raise StripeError(
            f"A payment method of the type {method.data['type']} is not among the payment_method_types of"
            " this PaymentIntent.",
            code="payment_intent_incompatible_payment_method",
            param="payment_method",
        )
    owner = method.data["customer"]
    if owner is not None and owner != after["customer"]:
        raise StripeError(
            "The payment method belongs to a customer. Give that customer on the PaymentIntent.",
            param="payment_method",
        )
    if owner is None and method.private["used"]:
        raise StripeError(
            "The payment method was used or detached before without a customer, and cannot be used again.",
            param="payment_method",
        )
    after["payment_method"] = method.data["id"]
    if after["status"] == "requires_payment_method":
        after["status"] = "requires_confirmation"
