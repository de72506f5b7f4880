"""Disputes: a card's bank takes a charge back, hears the answer, and decides."""

from typing import Any

from sandbox.balance import book, funds_moment, with_status
from sandbox.calls import Call, Operation, takes
from sandbox.dispute_fields import SECONDS_TO_RESPOND, STORIES, TEXTS, dispute_fee, new_dispute
from sandbox.due import schedule
from sandbox.errors import StripeError
from sandbox.events import emit
from sandbox.journal import write_line
from sandbox.listing import PAGE, equal, list_objects
from sandbox.metadata import copy_sent, merged, unset_if_empty

WINNING, LOSING, ESCALATING = "winning_evidence", "losing_evidence", "escalate_inquiry_evidence"
OPEN = ("needs_response", "under_review", "warning_needs_response", "warning_under_review")
UNANSWERED = ("needs_response", "warning_needs_response")
DECIDED = {WINNING: "won", LOSING: "lost"}


def open_dispute(call: Call, identity: str) -> None:
    """The bank disputes a charge, or asks about it; the money goes at once unless it only asks."""
    found = call.find("charge", identity)
    charge, story = found.data, found.private["behaviour"]
    dispute = new_dispute(call, charge, story)
    call.store.insert(account=call.account, data=dispute)
    disputed = {**charge, "disputed": True}
    call.store.save(disputed)
    _journal(call, dispute)
    emit(call, "charge.dispute.created", dispute)
    emit(call, "charge.updated", disputed, before=charge)
    due_by = dispute["evidence_details"]["due_by"]
    _schedule(call, dispute, at=due_by, kind="evidence_due")
    if not STORIES[story][2]:
        _withdraw(call, dispute)


def _schedule(call: Call, dispute: dict[str, Any], *, at: int, kind: str) -> None:
    schedule(call.store, at=at, kind=kind, subject=dispute["id"], account=call.account)


def _withdraw(call: Call, dispute: dict[str, Any]) -> None:
    _move(
        call, dispute, -1, fee_minor=dispute_fee(dispute["currency"]), kind="charge.dispute.funds_withdrawn"
    )


def _move(call: Call, dispute: dict[str, Any], sign: int, *, fee_minor: int, kind: str) -> dict[str, Any]:
    """Take the money, or give it back; the dispute shows the movement as it was booked."""
    charge = call.find("charge", dispute["charge"]).data
    words = "Chargeback withdrawal" if sign < 0 else "Chargeback reversal"
    entry = book(
        call,
        amount_minor=sign * dispute["amount"],
        fee_minor=fee_minor,
        currency=dispute["currency"],
        kind="adjustment",
        source=dispute["id"],
        available_on=funds_moment(call, charge),
        description=f"{words} for {dispute['charge']}",
        reporting_category="dispute" if sign < 0 else "dispute_reversal",
        fee_words="Dispute fee",
    )
    shown = with_status(entry, now=call.now)
    after = {**dispute, "balance_transactions": [*dispute["balance_transactions"], shown]}
    call.store.save(after)
    emit(call, kind, after, before=dispute)
    return after


def update_dispute(call: Call) -> dict[str, Any]:
    """Answer the bank. It decides by `uncategorized_text`; what is not submitted is only kept."""
    before, sent = call.find("dispute").data, call.parameters
    if "evidence" in sent and before["status"] not in UNANSWERED:
        raise StripeError(
            f"Evidence is not taken any more: the dispute is {before['status']}.", param="evidence"
        )
    evidence = {name: unset_if_empty(value) for name, value in sent.get("evidence", {}).items()}
    after = {
        **before,
        "evidence": {**before["evidence"], **evidence},
        "metadata": merged(before["metadata"], sent.get("metadata")),
    }
    copy_sent(after, sent, "intended_submission_method")
    given = any(value for value in after["evidence"].values())
    after["evidence_details"] = {**before["evidence_details"], "has_evidence": given}
    submitted = bool(evidence or sent.get("submit")) and sent.get("submit", True) and given
    if submitted and before["status"] in UNANSWERED:
        after |= _submitted(after)
    call.store.save(after)
    if after["status"] != before["status"]:
        _journal(call, after)
        _schedule(call, after, at=call.now, kind="dispute_decided")
    emit(call, "charge.dispute.updated", after, before=before)
    return after


def _submitted(dispute: dict[str, Any]) -> dict[str, Any]:
    """What changes when the answer is with the bank."""
    details = dispute["evidence_details"]
    counted = {"submission_count": details["submission_count"] + 1, "submission_method": "manual"}
    return {
        "status": dispute["status"].replace("needs_response", "under_review"),
        "evidence_details": {**details, **counted},
    }


def decide_dispute(call: Call, identity: str) -> None:
    """What the bank makes of the answer; without one of its words it goes on thinking."""
    dispute = call.find("dispute", identity).data
    word = dispute["evidence"]["uncategorized_text"]
    if dispute["status"] == "warning_under_review":
        if word == ESCALATING:
            _escalate(call, dispute)
        elif word in DECIDED:
            _close(call, dispute, "warning_closed")
    elif dispute["status"] == "under_review" and word in DECIDED:
        _close(call, dispute, DECIDED[word])


def _escalate(call: Call, dispute: dict[str, Any]) -> None:
    """The bank takes the money after all, and asks for an answer once more."""
    due_by = call.now + SECONDS_TO_RESPOND
    card = {**dispute["payment_method_details"]["card"], "case_type": "chargeback"}
    after = {
        **dispute,
        "status": "needs_response",
        "is_charge_refundable": False,
        "evidence": {**dispute["evidence"], "uncategorized_text": None},
        "evidence_details": {**dispute["evidence_details"], "due_by": due_by, "has_evidence": False},
        "payment_method_details": {**dispute["payment_method_details"], "card": card},
    }
    call.store.save(after)
    _journal(call, after)
    emit(call, "charge.dispute.updated", after, before=dispute)
    _schedule(call, after, at=due_by, kind="evidence_due")
    _withdraw(call, after)


def _close(call: Call, dispute: dict[str, Any], status: str) -> dict[str, Any]:
    """The end: a won dispute gives the money back, but not the fee."""
    refundable = status in ("won", "warning_closed")
    after = {**dispute, "status": status, "is_charge_refundable": refundable}
    call.store.save(after)
    _journal(call, after)
    emit(call, "charge.dispute.closed", after, before=dispute)
    if status == "won":
        after = _move(call, after, 1, fee_minor=0, kind="charge.dispute.funds_reinstated")
    return after


def close_dispute(call: Call) -> dict[str, Any]:
    """Accept it: a dispute is lost, an inquiry is over."""
    dispute = call.find("dispute").data
    if dispute["status"] not in OPEN:
        raise StripeError(f"The dispute is closed already: {dispute['status']}.")
    return _close(call, dispute, "warning_closed" if dispute["status"].startswith("warning") else "lost")


def miss_deadline(call: Call, identity: str) -> None:
    """Nobody answered in time: the dispute is lost, an inquiry is dropped."""
    dispute = call.find("dispute", identity).data
    if dispute["status"] in UNANSWERED and dispute["evidence_details"]["due_by"] <= call.now:
        missed = {**dispute, "evidence_details": {**dispute["evidence_details"], "past_due": True}}
        call.store.save(missed)
        _close(call, missed, "lost" if dispute["status"] == "needs_response" else "warning_closed")


def _journal(call: Call, dispute: dict[str, Any]) -> None:
    charge = call.find("charge", dispute["charge"]).data
    write_line(
        call,
        type="dispute",
        id=dispute["id"],
        status=dispute["status"],
        amount=dispute["amount"],
        currency=dispute["currency"],
        charge=dispute["charge"],
        payment_intent=dispute["payment_intent"],
        transfer_group=charge["transfer_group"],
        metadata=dispute["metadata"],
    )


def retrieve_dispute(call: Call) -> dict[str, Any]:
    """One dispute."""
    return call.find("dispute").data


def list_disputes(call: Call) -> dict[str, Any]:
    """Newest first; by charge or payment_intent."""
    sent = call.parameters
    filters = [*equal("charge", sent.get("charge")), *equal("payment_intent", sent.get("payment_intent"))]
    return list_objects(call, "dispute", filters=filters)


ACTS = {"dispute_opened": open_dispute, "dispute_decided": decide_dispute, "evidence_due": miss_deadline}
EVIDENCE = tuple(f"evidence.{name}" for name in TEXTS)
OPERATIONS = [
    Operation("GET", "/v1/disputes", list_disputes, takes(*PAGE, "charge", "created", "payment_intent")),
    Operation("GET", "/v1/disputes/{id}", retrieve_dispute, takes()),
    Operation(
        "POST",
        "/v1/disputes/{id}",
        update_dispute,
        takes(*EVIDENCE, "intended_submission_method", "metadata", "submit"),
    ),
    Operation("POST", "/v1/disputes/{id}/close", close_dispute, takes()),
]
