"""Bank accounts of connected accounts: where payouts go. Cards are not taken."""

import hashlib
from typing import Any

from sandbox.account_fields import currency_of
from sandbox.account_standing import bank_accounts_of, find_account, renew
from sandbox.amounts import check_currency
from sandbox.calls import PLATFORM, Call, Operation, acting_as, takes
from sandbox.contract import check, schema_named
from sandbox.errors import StripeError, invalid, not_supported, resource_missing
from sandbox.events import emit
from sandbox.ibans import check_account_number, fate_of
from sandbox.identities import new_id
from sandbox.listing import PAGE, Filter, list_objects
from sandbox.metadata import copy_sent, merged
from sandbox.store import Stored

# Its parts are checked when it is clear that it is no card: each shape has other names.
ANY_BANK_ACCOUNT: dict[str, Any] = {"external_account": {}}
US_BANK = {"object": "bank_account", "country": "US", "currency": "usd", "routing_number": "110000000"}
TOKENS = {
    "btok_us_verified": "000123456789",
    "btok_us_verified_noAccount": "000111111116",
    "btok_us_verified_accountClosed": "000111111113",
    "btok_us_verified_insufficientFunds": "000222222227",
    "btok_us_verified_debitNotAuthorized": "000333333335",
    "btok_us_verified_invalidCurrency": "000444444440",
}
HOLDER = ("account_holder_name", "account_holder_type")


def add_bank_account(
    call: Call, account: str, sent: dict[str, Any], *, default: bool = False, metadata: Any = None
) -> dict[str, Any]:
    """Keep a bank account, described by `checked_bank`. The first of a currency is its default.

    Raises:
        StripeError: a number or a currency that cannot be right.
    """
    country = sent["country"].upper()
    number = check_account_number(
        sent["account_number"], country=country, param="external_account[account_number]"
    )
    if country == "US" and "routing_number" not in sent:
        param = "external_account[routing_number]"
        raise invalid(f"Missing required param: {param}.", param=param, code="parameter_missing")
    currency = check_currency(sent.get("currency", currency_of(country)))
    first = not any(one["currency"] == currency for one in bank_accounts_of(call.store, account))
    bank = {
        "id": new_id("ba"),
        "object": "bank_account",
        "account": account,
        "account_holder_name": sent.get("account_holder_name"),
        "account_holder_type": sent.get("account_holder_type"),
        "account_type": None,
        "available_payout_methods": ["standard"],
        "bank_name": "SANDBOX BANK",
        "country": country,
        "currency": currency,
        "default_for_currency": first or default,
        "fingerprint": hashlib.sha256(f"bank:{number}".encode()).hexdigest()[:16],
        "last4": number[-4:],
        "metadata": merged({}, metadata),
        "routing_number": sent.get("routing_number"),
        "status": "new",
    }
    code, late = fate_of(number)
    own = acting_as(call, account)
    if default:
        _displace_default(own, currency)
    call.store.insert(account=account, data=bank, private={"failure_code": code, "fails_late": late})
    if account != PLATFORM:
        emit(own, "account.external_account.created", bank)
    return bank


def checked_bank(sent: Any) -> dict[str, Any]:
    """What a bank account is described with, or what a test token stands for; no card is taken.

    Raises:
        StripeError: see there, and whatever the contract does not allow.
    """
    if not isinstance(sent, dict):
        if sent not in TOKENS:
            raise resource_missing("token", str(sent), param="external_account", status=400)
        sent = {**US_BANK, "account_number": TOKENS[sent]}
    if sent.get("object", "bank_account") != "bank_account":
        raise not_supported("external_account[object]")
    described: dict[str, Any] = check(
        sent, schema_named("AccountCreateExternalAccountParams.BankAccount"), name="external_account"
    )
    return described


def _displace_default(own: Call, currency: str) -> None:
    for one in bank_accounts_of(own.store, own.account):
        if one["currency"] == currency and one["default_for_currency"]:
            after = {**one, "default_for_currency": False}
            own.store.save(after)
            emit(own, "account.external_account.updated", after, before=one)


def create_external_account(call: Call) -> dict[str, Any]:
    """One more bank account."""
    sent, described = call.parameters, checked_bank(call.parameters["external_account"])
    account = find_account(call).data["id"]
    bank = add_bank_account(
        call,
        account,
        described,
        default=sent.get("default_for_currency", False),
        metadata=sent.get("metadata"),
    )
    renew(call, account)
    return bank


def find_bank_account(call: Call, account: str, identity: str, *, param: str = "id") -> Stored:
    """One bank account of that account.

    Raises:
        StripeError: resource_missing.
    """
    found = call.store.load(identity, kind="bank_account")
    if found is None or found.account != account or "deleted" in found.private:
        raise resource_missing(
            "external account", identity, param=param, status=404 if param == "id" else 400
        )
    return found


def _found(call: Call) -> Stored:
    account = find_account(call, call.ids["account"]).data["id"]
    return find_bank_account(call, account, call.ids["id"])


def retrieve_external_account(call: Call) -> dict[str, Any]:
    """One bank account."""
    return _found(call).data


def update_external_account(call: Call) -> dict[str, Any]:
    """Change its holder, metadata, or make it the default. An errored one gets a new chance."""
    found, sent = _found(call), call.parameters
    own, before = acting_as(call, found.account), found.data
    after = {**before, "metadata": merged(before["metadata"], sent.get("metadata"))}
    copy_sent(after, sent, *HOLDER)
    if any(name in sent for name in HOLDER):
        after["status"] = "new"
    if sent.get("default_for_currency") and not before["default_for_currency"]:
        _displace_default(own, before["currency"])
        after["default_for_currency"] = True
    call.store.save(after)
    emit(own, "account.external_account.updated", after, before=before)
    renew(call, found.account)
    return after


def delete_external_account(call: Call) -> dict[str, Any]:
    """For good; the default of the account's own currency has to stay."""
    found = _found(call)
    bank, account = found.data, find_account(call, found.account).data
    if bank["default_for_currency"] and bank["currency"] == account["default_currency"]:
        raise StripeError(
            "The default bank account of the account's own currency cannot be deleted. Make another the"
            " default first."
        )
    call.store.save(bank, private={**found.private, "deleted": True})
    emit(acting_as(call, found.account), "account.external_account.deleted", bank)
    renew(call, found.account)
    return {"id": bank["id"], "object": "bank_account", "deleted": True, "currency": bank["currency"]}


def list_external_accounts(call: Call) -> dict[str, Any]:
    """The bank accounts, newest first; asked for cards, none."""
    account = find_account(call).data["id"]
    wanted: list[Filter] = [("json_extract(private, '$.deleted') IS NULL", ())]
    if call.parameters.get("object") == "card":
        wanted.append(("type = 'card'", ()))
    url = f"/v1/accounts/{account}/external_accounts"
    return list_objects(acting_as(call, account), "bank_account", filters=wanted, url=url)


def mark_errored(own: Call, identity: str) -> None:
    """A payout to it failed: scheduled payouts stop until its details are changed."""
    found = own.store.load(identity, kind="bank_account")
    if found is None or found.data["status"] == "errored":
        return
    after = {**found.data, "status": "errored"}
    own.store.save(after)
    emit(own, "account.external_account.updated", after, before=found.data)
    renew(own, found.account)


MANY = "/v1/accounts/{id}/external_accounts"
ONE = "/v1/accounts/{account}/external_accounts/{id}"
OPERATIONS = [
    Operation("GET", MANY, list_external_accounts, takes(*PAGE, "object")),
    Operation(
        "POST",
        MANY,
        create_external_account,
        takes("external_account", "default_for_currency", "metadata"),
        also=ANY_BANK_ACCOUNT,
    ),
    Operation("GET", ONE, retrieve_external_account, takes()),
    Operation("POST", ONE, update_external_account, takes(*HOLDER, "default_for_currency", "metadata")),
    Operation("DELETE", ONE, delete_external_account),
]
