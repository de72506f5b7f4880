"""What follows from an account's papers: what it may do, what is still asked for, and the telling of it."""

from typing import Any

from sandbox.account_fields import no_requirements
from sandbox.calls import PLATFORM, Call, acting_as
from sandbox.errors import StripeError
from sandbox.events import emit
from sandbox.store import Store, Stored

UNSUBMITTED = ("tos_acceptance.date", "tos_acceptance.ip")


def bank_accounts_of(store: Store, account: str) -> list[dict[str, Any]]:
    """The account's bank accounts, newest first."""
    rows = store.execute(
        "SELECT id FROM objects WHERE type = 'bank_account' AND account = ?"
        " AND json_extract(private, '$.deleted') IS NULL ORDER BY seq DESC",
        (account,),
    ).fetchall()
    found = [store.load(row[0]) for row in rows]
    return [one.data for one in found if one is not None]


def with_standing(store: Store, account: dict[str, Any], private: dict[str, Any]) -> dict[str, Any]:
    """The account with everything that is derived: bank accounts, capabilities, requirements, flags.

    `private` holds `submitted`, `rejected` (a reason, or nothing) and `requested` (capability to time).
    """
    banks = bank_accounts_of(store, account["id"])
    submitted, rejected = private["submitted"] or _signed_for(account, banks), private["rejected"]
    active = submitted and rejected is None
    due = ([] if banks else ["external_account"]) + ([] if submitted else list(UNSUBMITTED))
    reason = rejected or ("requirements.past_due" if due else None)
    asked = {"currently_due": due, "past_due": due, "eventually_due": due, "disabled_reason": reason}
    return {
        **account,
        "capabilities": dict.fromkeys(sorted(private["requested"]), "active" if active else "inactive"),
        "charges_enabled": active and "card_payments" in private["requested"],
        "details_submitted": submitted,
        "external_accounts": {
            "object": "list",
            "data": banks,
            "has_more": False,
            "url": f"/v1/accounts/{account['id']}/external_accounts",
        },
        "payouts_enabled": active and bool(banks),
        "requirements": {**no_requirements(), **asked},
    }


def _signed_for(account: dict[str, Any], banks: list[dict[str, Any]]) -> bool:
    """Where the platform collects what is required, it may do so without the hosted page."""
    collected = account["controller"]["requirement_collection"] == "application"
    return bool(collected and banks and account["tos_acceptance"]["date"] and account["tos_acceptance"]["ip"])


def find_account(call: Call, identity: str | None = None, *, param: str = "account") -> Stored:
    """A connected account of this platform.

    Raises:
        StripeError: 403 account_invalid, as for every account that is not connected.
    """
    wanted = call.ids["id"] if identity is None else identity
    found = call.store.load(wanted, kind="account")
    if found is None or "deleted" in found.private or call.account not in (PLATFORM, wanted):
        message = f"The provided key does not have access to account '{wanted}' (or it does not exist)."
        raise StripeError(message, status=403, code="account_invalid", param=param)
    return found


def keep_account(
    call: Call, before: Stored, after: dict[str, Any], *, private: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Keep an account with what follows from it; what is different now is told on the account itself."""
    known = private or before.private
    standing = with_standing(call.store, after, known)
    call.store.save(standing, private=known)
    if standing == before.data:
        return standing
    own = acting_as(call, standing["id"])
    emit(own, "account.updated", standing, before=before.data)
    for name, status in standing["capabilities"].items():
        if before.data["capabilities"].get(name) != status:
            emit(own, "capability.updated", capability_of(Stored(PLATFORM, standing, known), name))
    return standing


def renew(call: Call, account: str) -> None:
    """Tell of what a change of its bank accounts means for an account."""
    found = call.store.load(account, kind="account")
    if found is not None:
        keep_account(call, found, found.data)


def capability_of(found: Stored, name: str) -> dict[str, Any]:
    """A capability with what is asked for before it is active."""
    account, asked = found.data, found.private["requested"]
    requirements = account["requirements"]
    plain = ("alternatives", "currently_due", "errors", "eventually_due", "past_due", "pending_verification")
    inactive = account["capabilities"].get(name) == "inactive"
    return {
        "id": name,
        "object": "capability",
        "account": account["id"],
        "requested": name in asked,
        "requested_at": asked.get(name),
        "requirements": {
            **{one: requirements[one] if inactive else [] for one in plain},
            "current_deadline": None,
            "disabled_reason": "requirements.fields_needed" if inactive else None,
        },
        "status": account["capabilities"].get(name, "unrequested"),
    }
