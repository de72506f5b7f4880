"""What a buyer's bank says of a debit: the money comes, or it does not."""

from sandbox.calls import Call
from sandbox.charges import book_charge, journal_charge
from sandbox.confirmation import wanting_another_method
from sandbox.events import emit
from sandbox.payment_methods import DEBIT_FAILS
from sandbox.store import Stored

REFUSED = {
    "code": "payment_intent_payment_attempt_failed",
    "doc_url": "https://docs.stripe.com/error-codes/payment-intent-payment-attempt-failed",
    "message": "The payment failed: the bank could not debit the account.",
    "type": "invalid_request_error",
}


def decide_debit(call: Call, identity: str) -> None:
    """Some minutes after the bank was asked."""
    found = call.find("payment_intent", identity)
    charge = call.find("charge", found.data["latest_charge"])
    if charge.private["behaviour"] == DEBIT_FAILS:
        _refuse(call, found, charge)
    else:
        _take(call, found, charge)


def _refuse(call: Call, found: Stored, charge: Stored) -> None:
    why = {"failure_code": "insufficient_funds", "failure_message": REFUSED["message"]}
    failed = {**charge.data, **why, "status": "failed", "captured": False, "amount_captured": 0}
    call.store.save(failed)
    journal_charge(call, failed)
    emit(call, "charge.failed", failed, before=charge.data)
    method = call.find("payment_method", found.data["payment_method"]).data
    after = wanting_another_method(found, error={**REFUSED, "charge": failed["id"], "payment_method": method})
    call.store.save(after)
    emit(call, "payment_intent.payment_failed", after)


def _take(call: Call, found: Stored, charge: Stored) -> None:
    paid = {**charge.data, "status": "succeeded", "paid": True}
    paid = book_charge(call, paid, behaviour=charge.private["behaviour"])
    journal_charge(call, paid)
    emit(call, "charge.succeeded", paid, before=charge.data)
    after = {**found.data, "status": "succeeded", "amount_received": found.data["amount"]}
    call.store.save(after)
    emit(call, "payment_intent.succeeded", after)


ACTS = {"debit_decided": decide_debit}
