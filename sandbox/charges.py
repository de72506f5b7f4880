"""Charges: one for every attempt to take money from a card, and the money they book."""

from typing import Any

from sandbox.addresses import shipment_of
from sandbox.balance import book
from sandbox.calls import Call, Operation, takes
from sandbox.cards import BYPASSES_PENDING, DECLINES
from sandbox.dispute_fields import STORIES
from sandbox.due import schedule
from sandbox.events import emit
from sandbox.fees import fee_of
from sandbox.identities import new_id
from sandbox.journal import write_line
from sandbox.listing import PAGE, equal, list_objects
from sandbox.metadata import copy_sent, merged
from sandbox.store import Stored

SECONDS_UNTIL_AVAILABLE = 2 * 24 * 3600
SECONDS_TO_CAPTURE = 7 * 24 * 3600


def charge_intent(
    call: Call,
    intent: dict[str, Any],
    method: Stored,
    *,
    captured: bool,
    decline: str | None,
    approved: bool = False,
    books_later: bool = False,
    pending: bool = False,
) -> dict[str, Any]:
    """One attempt on an intent's money; kept, journalled and told, whether it succeeds or not.

    A pending one waits for a bank, and is booked when that has decided.
    """
    charge = _charge_of(call, intent, method, captured=captured, approved=approved, decline=decline)
    if pending:
        charge |= {"status": "pending", "paid": False}
    behaviour = method.private["behaviour"]
    call.store.insert(account=call.account, data=charge, private={"behaviour": behaviour})
    journal_charge(call, charge)
    if charge["captured"] and not books_later and not pending:
        charge = book_charge(call, charge, behaviour=behaviour)
    emit(call, f"charge.{charge['status']}", charge)
    return charge


def _charge_of(
    call: Call, intent: dict[str, Any], method: Stored, *, captured: bool, approved: bool, decline: str | None
) -> dict[str, Any]:
    shown = method.data
    code, _, message, _ = DECLINES[decline] if decline else (None, None, None, None)
    return {
        "id": new_id("ch" if "card" in shown else "py"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if captured and not decline else 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": shown["billing_details"],
        "calculated_statement_descriptor": _descriptor(intent),
        "captured": captured and not decline,
        "created": call.now,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": code,
        "failure_message": message,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "on_behalf_of": intent["on_behalf_of"],
        "outcome": _outcome(decline),
        "paid": decline is None,
        "payment_intent": intent["id"] if intent["object"] == "payment_intent" else None,
        "payment_method": shown["id"],
        "payment_method_details": _details(
            call, intent, shown["card"], captured=captured, approved=approved, decline=decline
        )
        if "card" in shown
        else _bank_details(shown),
        "radar_options": {},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": intent["shipping"],
        "source": intent["source"],
        "source_transfer": None,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "failed" if decline else "succeeded",
        "transfer_data": None,
        "transfer_group": intent["transfer_group"],
    }


def _descriptor(intent: dict[str, Any]) -> str:
    suffix = intent["statement_descriptor_suffix"]
    return intent["statement_descriptor"] or (f"SANDBOX* {suffix}" if suffix else "SANDBOX")


def _outcome(decline: str | None) -> dict[str, Any]:
    if decline is None:
        return {
            "advice_code": None,
            "network_advice_code": None,
            "network_decline_code": None,
            "network_status": "approved_by_network",
            "reason": None,
            "risk_level": "normal",
            "risk_score": 12,
            "seller_message": "Payment complete.",
            "type": "authorized",
        }
    return {
        "advice_code": DECLINES[decline][3],
        "network_advice_code": None,
        "network_decline_code": "01",
        "network_status": "declined_by_network",
        "reason": DECLINES[decline][1],
        "risk_level": "normal",
        "risk_score": 12,
        "seller_message": "The bank did not return any further details with this decline.",
        "type": "issuer_declined",
    }


def _details(
    call: Call,
    intent: dict[str, Any],
    card: dict[str, Any],
    *,
    captured: bool,
    approved: bool,
    decline: str | None,
) -> dict[str, Any]:
    """The card as it was when it was charged."""
    kept = ("brand", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4",
            "regulated_status", "wallet")  # fmt: skip
    details = {
        **{name: card[name] for name in kept},
        "amount_authorized": intent["amount"],
        "authorization_code": None if decline else "123456",
        "checks": _checks(card, decline),
        "electronic_commerce_indicator": None,
        "extended_authorization": {"status": "disabled"},
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": card["brand"],
        "network_token": {"used": False},
        "network_transaction_id": None,
        "overcapture": {"maximum_amount_capturable": intent["amount"], "status": "unavailable"},
        "three_d_secure": APPROVAL if approved else None,
        "transaction_link_id": None,
    }
    if not captured:
        details["capture_before"] = call.now + SECONDS_TO_CAPTURE
    return {"card": details, "type": "card"}


def _bank_details(method: dict[str, Any]) -> dict[str, Any]:
    """A bank account as it was when its bank was asked, with its mandate; of a transfer nothing is told."""
    kind = method["type"]
    kept = ("bank_code", "branch_code", "country", "fingerprint", "last4")
    account = {name: method[kind][name] for name in kept if name in method[kind]}
    return {kind: {**account, "mandate": new_id("mandate")} if account else {}, "type": kind}


def _checks(card: dict[str, Any], decline: str | None) -> dict[str, Any]:
    """A security code that was given is right, unless that is what was declined."""
    given = card["checks"]["cvc_check"] is not None
    checked = "fail" if decline == "incorrect_cvc" else "pass"
    return {**card["checks"], "cvc_check": checked if given else None}


APPROVAL = {
    "authentication_flow": "challenge",
    "electronic_commerce_indicator": "05",
    "exemption_indicator": None,
    "result": "authenticated",
    "result_reason": None,
    "transaction_id": None,
    "version": "2.2.0",
}


def book_charge(call: Call, charge: dict[str, Any], *, behaviour: str) -> dict[str, Any]:
    """Put the captured amount, less the fee, on the account; the charge with its balance transaction."""
    amount_minor = charge["amount_captured"]
    wait = 0 if behaviour == BYPASSES_PENDING else SECONDS_UNTIL_AVAILABLE
    entry = book(
        call,
        amount_minor=amount_minor,
        fee_minor=fee_of(amount_minor, charge["currency"]),
        currency=charge["currency"],
        kind="charge" if charge["id"].startswith("ch_") else "payment",
        reporting_category="charge",
        source=charge["id"],
        available_on=call.now + wait,
        description=charge["description"],
    )
    booked = {**charge, "balance_transaction": entry["id"]}
    call.store.save(booked)
    if behaviour in STORIES:
        own = {"subject": charge["id"], "account": call.account}
        schedule(call.store, at=call.now, kind="dispute_opened", **own)
    return booked


def capture_held(call: Call, found: Stored, *, amount_minor: int) -> dict[str, Any]:
    """Take that much of the authorised money; the rest is let go and counts as refunded."""
    before = found.data
    let_go_minor = before["amount"] - amount_minor
    taken = {**before, "captured": True, "amount_captured": amount_minor, "amount_refunded": let_go_minor}
    copy_sent(taken, call.parameters, "statement_descriptor", "statement_descriptor_suffix")
    copy_sent(taken, call.parameters, "receipt_email", "transfer_group")
    charge = book_charge(call, taken, behaviour=found.private["behaviour"])
    journal_charge(call, charge)
    emit(call, "charge.captured", charge, before=before)
    return charge


def journal_charge(call: Call, charge: dict[str, Any]) -> None:
    """A charge that is only authorised is journalled as uncaptured; its money has not come."""
    status = "uncaptured" if charge["paid"] and not charge["captured"] else charge["status"]
    write_line(
        call,
        type="charge",
        id=charge["id"],
        status=status,
        amount=charge["amount_captured"] or charge["amount"],
        currency=charge["currency"],
        charge=charge["id"],
        payment_intent=charge["payment_intent"],
        transfer_group=charge["transfer_group"],
        metadata=charge["metadata"],
    )


def retrieve_charge(call: Call) -> dict[str, Any]:
    """One charge."""
    return call.find("charge").data


def list_charges(call: Call) -> dict[str, Any]:
    """Newest first; by customer, payment_intent or transfer_group."""
    filters = [
        one
        for name in ("customer", "payment_intent", "transfer_group")
        for one in equal(name, call.parameters.get(name))
    ]
    return list_objects(call, "charge", filters=filters)


def update_charge(call: Call) -> dict[str, Any]:
    """Change what is said about a charge; its money stays as it is."""
    before, sent = call.find("charge").data, call.parameters
    after = {**before, "metadata": merged(before["metadata"], sent.get("metadata"))}
    copy_sent(after, sent, "description", "receipt_email", "transfer_group")
    if "shipping" in sent:
        after["shipping"] = shipment_of(sent["shipping"])
    if "fraud_details" in sent:
        report = sent["fraud_details"]["user_report"]
        after["fraud_details"] = {"user_report": report} if report else {}
    call.store.save(after)
    emit(call, "charge.updated", after, before=before)
    return after


OPERATIONS = [
    Operation(
        "GET",
        "/v1/charges",
        list_charges,
        takes(*PAGE, "created", "customer", "payment_intent", "transfer_group"),
    ),
    Operation("GET", "/v1/charges/{id}", retrieve_charge, takes()),
    Operation(
        "POST",
        "/v1/charges/{id}",
        update_charge,
        takes(
            "description",
            "receipt_email",
            "shipping",
            "transfer_group",
            "metadata",
            "fraud_details.user_report",
        ),
    ),
]
