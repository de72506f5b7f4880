"""Reversed payouts: money that a bank was paid, taken back from it by a payout of the negative amount."""

from typing import Any

from sandbox.calls import Call, Operation, takes
from sandbox.errors import StripeError
from sandbox.events import emit
from sandbox.payouts import begin_payout, fate_of_payout, new_payout

COUNTRIES = ("US", "CA")
SECONDS_REVERSIBLE = 90 * 24 * 3600
TAKEN: dict[str, Any] = {"failure_code": None, "fails_late": False}


def reverse_payout(call: Call) -> dict[str, Any]:
    """Take a paid payout back, whole and once; the money is available when the new payout is paid."""
    original = call.find("payout").data
    reason = _reason_against(call, original)
    if reason:
        raise StripeError(f"This payout cannot be reversed: {reason}.")
    reversal = new_payout(call, original["destination"], -original["amount"], original["currency"])
    reversal |= {"original_payout": original["id"], "source_type": original["source_type"]}
    after = {**original, "reversed_by": reversal["id"]}
    call.store.save(after)
    emit(call, "payout.updated", after, before=original)
    fate = fate_of_payout(call, TAKEN)
    return begin_payout(call, reversal, available_on=reversal["arrival_date"], fate=fate)


def _reason_against(call: Call, payout: dict[str, Any]) -> str | None:
    """The first thing that keeps it from being reversed."""
    account = call.store.load(call.account, kind="account")
    if account is None:
        return "it is not of a connected account"
    if account.data["controller"]["losses"]["payments"] != "application":
        return "the platform does not bear the losses of its account"
    if payout["original_payout"]:
        return "it is a reversal itself"
    if payout["reversed_by"]:
        return f"{payout['reversed_by']} has reversed it"
    if payout["status"] != "paid":
        return f"only a paid one can be, and it is {payout['status']}"
    if call.now - payout["arrival_date"] >= SECONDS_REVERSIBLE:
        return "it arrived 90 days ago or earlier"
    return _reason_of_bank(call, payout["destination"])


def _reason_of_bank(call: Call, destination: str) -> str | None:
    bank = call.store.load(destination, kind="bank_account")
    if bank is None or "deleted" in bank.private:
        return "its bank account was deleted"
    if bank.data["country"] not in COUNTRIES:
        return f"its bank account is in {bank.data['country']}, and neither in US nor in CA"
    return None


OPERATIONS = [Operation("POST", "/v1/payouts/{id}/reverse", reverse_payout, takes("metadata"))]
