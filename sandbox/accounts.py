"""The platform's own account, and the accounts that are connected to it."""

from typing import Any

from sandbox.account_fields import CHANGED, CHOSEN_ONCE, apply_sent, new_account, new_settings
from sandbox.account_standing import capability_of, find_account, keep_account, with_standing
from sandbox.balance import DEFAULT_CURRENCY, balance_minor
from sandbox.bank_accounts import ANY_BANK_ACCOUNT, add_bank_account, checked_bank
from sandbox.calls import PLATFORM, Call, Operation, acting_as, takes
from sandbox.errors import StripeError, forbidden
from sandbox.events import emit
from sandbox.listing import PAGE, Filter, list_objects
from sandbox.store import Store, Stored

REJECTED = {"terms_of_service": "rejected.platform_terms_of_service"}


def platform_account() -> dict[str, Any]:
    """The account every test key belongs to. It pays itself only when it asks for it."""
    return {
        "id": PLATFORM,
        "object": "account",
        "business_profile": None,
        "business_type": "company",
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "controller": {"type": "account"},
        "country": "SE",
        "default_currency": DEFAULT_CURRENCY,
        "details_submitted": True,
        "email": "platform@sandbox.example",
        "metadata": {},
        "payouts_enabled": True,
        "settings": new_settings(interval="manual"),
        "type": "standard",
    }


def acting_account(store: Store, header: str | None) -> str:
    """The account a call acts as.

    Raises:
        StripeError: 403, no such account is connected to this platform.
    """
    if header is None or header == PLATFORM:
        return PLATFORM
    found = store.load(header, kind="account")
    if found is None or "deleted" in found.private:
        message = f"The provided key does not have access to account '{header}' (or it does not exist)."
        raise forbidden(message, code="account_invalid")
    return header


def retrieve_current_account(call: Call) -> dict[str, Any]:
    """The account the call acts as."""
    found = call.store.load(call.account, kind="account")
    return found.data if found else platform_account()


def create_account(call: Call) -> dict[str, Any]:
    """A connected account. What it still has to give is asked for at the hosted page."""
    if call.account != PLATFORM:
        raise forbidden("Only the platform connects accounts.")
    described = _described(call)
    private = {"submitted": False, "rejected": None, "requested": _requested(call, {})}
    after = apply_sent(call, new_account(call))
    call.store.insert(account=PLATFORM, data=after, private=private)
    if described:
        add_bank_account(call, after["id"], described)
    made = with_standing(call.store, after, private)
    call.store.save(made)
    return made


def _described(call: Call) -> dict[str, Any] | None:
    """The bank account that was sent with the account, if one was."""
    sent = call.parameters.get("external_account")
    return None if sent is None else checked_bank(sent)


def _requested(call: Call, known: dict[str, int]) -> dict[str, int]:
    """The capabilities that are asked for, with the moment of the first asking."""
    asked = dict(known)
    for name, wanted in call.parameters.get("capabilities", {}).items():
        if wanted.get("requested") is True:
            asked.setdefault(name, call.now)
        elif wanted.get("requested") is False:
            asked.pop(name, None)
    return asked


def retrieve_account(call: Call) -> dict[str, Any]:
    """One account, the platform's own too."""
    return platform_account() if call.ids["id"] == PLATFORM else find_account(call).data


def update_account(call: Call) -> dict[str, Any]:
    """Change what was sent; a bank account that is sent becomes the default of its currency."""
    described = _described(call)
    found = find_account(call)
    if described:
        add_bank_account(call, found.data["id"], described, default=True)
    private = {**found.private, "requested": _requested(call, found.private["requested"])}
    return keep_account(call, found, apply_sent(call, found.data), private=private)


def list_accounts(call: Call) -> dict[str, Any]:
    """Connected accounts, newest first, without the deleted."""
    living: Filter = ("json_extract(private, '$.deleted') IS NULL", ())
    return list_objects(call, "account", filters=[living])


def reject_account(call: Call) -> dict[str, Any]:
    """For good: neither transfers nor payouts from here on."""
    found, reason = find_account(call), call.parameters["reason"]
    if found.private["rejected"]:
        raise StripeError("The account has been rejected already.", param="reason")
    word = "rejected.platform_fraud" if reason.startswith("fraud") else "rejected.platform_other"
    private = {**found.private, "rejected": REJECTED.get(reason, word)}
    return keep_account(call, found, found.data, private=private)


def delete_account(call: Call) -> dict[str, Any]:
    """For good, when no money lies there any more; the account tells that the platform has left it."""
    found = find_account(call)
    account = found.data["id"]
    if any(sum(both) for both in balance_minor(call.store, account=account, now=call.now).values()):
        raise StripeError("The account cannot be deleted: its balance is not zero.", code="account_invalid")
    call.store.save(found.data, private={**found.private, "deleted": True})
    application = {"id": "ca_Sandbox", "object": "application", "name": "Sandbox"}
    emit(acting_as(call, account), "account.application.deauthorized", application)
    return {"id": account, "object": "account", "deleted": True}


def list_capabilities(call: Call) -> dict[str, Any]:
    """Those that were asked for."""
    found = find_account(call)
    return {
        "object": "list",
        "data": [capability_of(found, name) for name in found.data["capabilities"]],
        "has_more": False,
        "url": f"/v1/accounts/{found.data['id']}/capabilities",
    }


def retrieve_capability(call: Call) -> dict[str, Any]:
    """One of them."""
    return capability_of(_with_capability(call), call.ids["id"])


def update_capability(call: Call) -> dict[str, Any]:
    """Ask for it, or do not any more."""
    found, sent = _with_capability(call), call.parameters
    call.parameters = {"capabilities": {call.ids["id"]: sent}}
    private = {**found.private, "requested": _requested(call, found.private["requested"])}
    call.parameters = sent
    after = keep_account(call, found, found.data, private=private)
    return capability_of(Stored(PLATFORM, after, private), call.ids["id"])


def _with_capability(call: Call) -> Stored:
    if call.ids["id"] not in ("card_payments", "transfers"):
        raise StripeError(
            f"No such capability: '{call.ids['id']}'", status=404, code="resource_missing", param="capability"
        )
    return find_account(call, call.ids["account"])


ONE = "/v1/accounts/{account}/capabilities/{id}"
OPERATIONS = [
    Operation("GET", "/v1/account", retrieve_current_account, takes()),
    Operation("GET", "/v1/accounts", list_accounts, takes(*PAGE, "created")),
    Operation("POST", "/v1/accounts", create_account, takes(*CHANGED, *CHOSEN_ONCE), also=ANY_BANK_ACCOUNT),
    Operation("GET", "/v1/accounts/{id}", retrieve_account, takes()),
    Operation("POST", "/v1/accounts/{id}", update_account, takes(*CHANGED), also=ANY_BANK_ACCOUNT),
    Operation("DELETE", "/v1/accounts/{id}", delete_account),
    Operation("POST", "/v1/accounts/{id}/reject", reject_account, takes("reason")),
    Operation("GET", "/v1/accounts/{id}/capabilities", list_capabilities, takes()),
    Operation("GET", ONE, retrieve_capability, takes()),
    Operation("POST", ONE, update_capability, takes("requested")),
]
