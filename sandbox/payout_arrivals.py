"""What time does to a payout: it is sent, it arrives, or it comes back."""

from typing import Any

from sandbox.bank_accounts import mark_errored
from sandbox.calls import Call
from sandbox.due import schedule
from sandbox.events import emit
from sandbox.ibans import MESSAGES
from sandbox.payouts import bring_back, journal_payout, next_weekday

WEEKDAYS_UNTIL_LATE_FAILURE = 2


def send_payout(call: Call, identity: str) -> None:
    """It is with the bank, and cannot be canceled any more."""
    payout = call.find("payout", identity).data
    if payout["status"] == "pending":
        _step(call, payout, "in_transit", kind="payout.updated")


def land_payout(call: Call, identity: str) -> None:
    """Paid, or failed when the bank account is one of those."""
    found = call.find("payout", identity)
    payout, code = found.data, found.private["failure_code"]
    if payout["status"] != "in_transit":
        return
    if code and not found.private["fails_late"]:
        fail_payout(call, identity)
        return
    _step(call, payout, "paid", kind="payout.paid")
    if code:
        late = next_weekday(payout["arrival_date"], days=WEEKDAYS_UNTIL_LATE_FAILURE)
        schedule(call.store, at=late, kind="payout_failed", subject=identity, account=call.account)


def fail_payout(call: Call, identity: str) -> None:
    """The bank sent the money back, also when it had been paid."""
    found = call.find("payout", identity)
    payout, code = found.data, found.private["failure_code"]
    if payout["status"] not in ("in_transit", "paid"):
        return
    if payout["reversed_by"]:
        _undo_reversal(call, payout["reversed_by"], code)
    _fail(call, payout, code)
    mark_errored(call, payout["destination"])


def _undo_reversal(call: Call, identity: str, code: str) -> None:
    """What never reached the bank cannot be taken from it: the money comes back once, not twice."""
    reversal = call.find("payout", identity).data
    if reversal["status"] == "pending":
        bring_back(call, reversal, kind="payout_cancel", status="canceled")
    elif reversal["status"] in ("in_transit", "paid"):
        _fail(call, reversal, code)


def _fail(call: Call, payout: dict[str, Any], code: str) -> None:
    failure = {"failure_code": code, "failure_message": MESSAGES[code]}
    bring_back(call, payout, kind="payout_failure", status="failed", **failure)


def _step(call: Call, payout: dict[str, Any], status: str, *, kind: str) -> None:
    after = {**payout, "status": status}
    call.store.save(after)
    journal_payout(call, after)
    emit(call, kind, after, before=payout)


# In the same second what comes back comes first, and what arrives was sent before: by the alphabet.
ACTS = {"payout_failed": fail_payout, "payout_sent": send_payout, "payout_taken": land_payout}
