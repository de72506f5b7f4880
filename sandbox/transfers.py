"""Transfers from the platform to connected accounts, out of a charge or out of what is available."""

from typing import Any

from sandbox.account_standing import find_account
from sandbox.amounts import LARGEST_MINOR, check_currency
from sandbox.balance import book, funds_moment, require_funds
from sandbox.calls import PLATFORM, Call, Operation, acting_as, takes
from sandbox.errors import StripeError, invalid, resource_missing
from sandbox.events import emit
from sandbox.identities import new_id
from sandbox.journal import write_line
from sandbox.listing import PAGE, Filter, equal, list_objects
from sandbox.metadata import copy_sent, merged
from sandbox.store import Stored
from sandbox.transfer_payments import payment_of


def create_transfer(call: Call) -> dict[str, Any]:
    """Move money to a connected account.

    With `source_transaction` it succeeds at once and the money is available there when the charge's is;
    without, the platform must have it available now.
    """
    sent = call.parameters
    if call.account != PLATFORM:
        raise StripeError(
            "Only the platform transfers money to connected accounts.", code="transfers_not_allowed"
        )
    destination = _destination(call)
    currency = check_currency(sent["currency"])
    source = _source(call, currency) if "source_transaction" in sent else None
    amount_minor = _amount(call, source)
    available_on = call.now
    if source is None:
        source_type = sent.get("source_type", "card")
        require_funds(call, amount_minor=amount_minor, currency=currency, source_type=source_type)
    else:
        available_on = funds_moment(call, source)
    transfer = _new_transfer(call, destination, amount_minor, currency, source)
    entry = book(
        call,
        amount_minor=-amount_minor,
        fee_minor=0,
        currency=currency,
        kind="transfer",
        source=transfer["id"],
        available_on=available_on,
        description=transfer["description"],
    )
    payment = payment_of(acting_as(call, destination), transfer, available_on=available_on)
    transfer |= {"balance_transaction": entry["id"], "destination_payment": payment["id"]}
    call.store.insert(account=PLATFORM, data=transfer)
    journal_transfer(call, transfer)
    emit(call, "transfer.created", transfer)
    return transfer


def _destination(call: Call) -> str:
    """The account, if it may be given money."""
    identity = call.parameters["destination"]
    found = call.store.load(identity, kind="account")
    if found is None or "deleted" in found.private:
        raise resource_missing("destination", identity, param="destination", status=400)
    account = find_account(call, identity).data
    if account["requirements"]["disabled_reason"] and found.private["rejected"]:
        raise StripeError("The account was rejected.", param="destination", code="transfers_not_allowed")
    if account["capabilities"].get("transfers") == "inactive":
        raise StripeError(
            "Your destination account needs to have at least one of the following capabilities enabled:"
            " transfers, crypto_transfers, legacy_payments",
            param="destination",
            code="insufficient_capabilities_for_transfer",
        )
    return identity


def _source(call: Call, currency: str) -> dict[str, Any]:
    """The charge the money is taken from."""
    found = call.find("charge", call.parameters["source_transaction"], param="source_transaction")
    charge = found.data
    if charge["balance_transaction"] is None:
        message = "The charge has not been paid: nothing can be transferred from it."
        raise StripeError(message, param="source_transaction", code="charge_not_refundable")
    if charge["currency"] != currency:
        raise invalid(
            f"The currency of source_transaction is {charge['currency']}, not {currency}.", param="currency"
        )
    if charge["transfer_group"] is None:
        group = f"group_{charge['payment_intent'] or charge['id']}"
        charge = {**charge, "transfer_group": group}
        call.store.save(charge)
    return charge


def _amount(call: Call, source: dict[str, Any] | None) -> int:
    """What was asked for, or all that is left of the charge; never more than that."""
    asked_minor: int | None = call.parameters.get("amount")
    if source is None:
        if asked_minor is None:
            raise invalid("Missing required param: amount.", param="amount", code="parameter_missing")
        return check_moved_amount(asked_minor)
    left_minor = source["amount_captured"] - _transferred_minor(call, source["id"])
    amount_minor = check_moved_amount((left_minor or 1) if asked_minor is None else asked_minor)
    if amount_minor > left_minor:
        raise StripeError(
            f"The transfers of a charge cannot exceed it: {left_minor} is left.",
            param="amount",
            code="amount_too_large",
        )
    return amount_minor


def check_moved_amount(amount_minor: int) -> int:
    """A whole number of the smallest unit, from one up."""
    if amount_minor <= 0:
        raise invalid("Invalid positive integer", param="amount", code="parameter_invalid_integer")
    if amount_minor > LARGEST_MINOR * 100:
        raise invalid("The amount is too large.", param="amount", code="amount_too_large")
    return amount_minor


def _transferred_minor(call: Call, charge: str) -> int:
    """What has been transferred from the charge, less what came back."""
    row = call.store.execute(
        "SELECT coalesce(sum(json_extract(data, '$.amount') - json_extract(data, '$.amount_reversed')), 0)"
        " FROM objects WHERE account = ? AND type = 'transfer'"
        " AND json_extract(data, '$.source_transaction') = ?",
        (PLATFORM, charge),
    ).fetchone()
    return int(row[0])


def _new_transfer(
    call: Call, destination: str, amount_minor: int, currency: str, source: dict[str, Any] | None
) -> dict[str, Any]:
    """A transfer from a charge takes the charge's transfer_group, whatever was sent."""
    sent, identity = call.parameters, new_id("tr")
    return {
        "id": identity,
        "object": "transfer",
        "amount": amount_minor,
        "amount_reversed": 0,
        "balance_transaction": None,
        "created": call.now,
        "currency": currency,
        "description": sent.get("description"),
        "destination": destination,
        "livemode": False,
        "metadata": merged({}, sent.get("metadata")),
        "reversals": {
            "object": "list",
            "data": [],
            "has_more": False,
            "url": f"/v1/transfers/{identity}/reversals",
        },
        "reversed": False,
        "source_transaction": source["id"] if source else None,
        "source_type": sent.get("source_type", "card"),
        "transfer_group": source["transfer_group"] if source else sent.get("transfer_group"),
    }


def journal_transfer(call: Call, transfer: dict[str, Any]) -> None:
    """One line for a transfer; its reversals have lines of their own."""
    write_line(
        call,
        type="transfer",
        id=transfer["id"],
        status="succeeded",
        amount=transfer["amount"],
        currency=transfer["currency"],
        destination=transfer["destination"],
        charge=transfer["source_transaction"],
        source_transaction=transfer["source_transaction"],
        transfer=transfer["id"],
        transfer_group=transfer["transfer_group"],
        metadata=transfer["metadata"],
    )


def find_transfer(call: Call, name: str = "id") -> Stored:
    """The transfer an address names."""
    found = call.store.load(call.ids[name], kind="transfer")
    if found is None or found.account != call.account:
        raise resource_missing("transfer", call.ids[name])
    return found


def retrieve_transfer(call: Call) -> dict[str, Any]:
    """One transfer with its newest reversals."""
    return find_transfer(call).data


def update_transfer(call: Call) -> dict[str, Any]:
    """Change what is said about it."""
    before, sent = find_transfer(call).data, call.parameters
    after = {**before, "metadata": merged(before["metadata"], sent.get("metadata"))}
    copy_sent(after, sent, "description")
    call.store.save(after)
    emit(call, "transfer.updated", after, before=before)
    return after


def list_transfers(call: Call) -> dict[str, Any]:
    """Newest first; by destination or transfer_group."""
    sent = call.parameters
    filters: list[Filter] = [
        *equal("destination", sent.get("destination")),
        *equal("transfer_group", sent.get("transfer_group")),
    ]
    return list_objects(call, "transfer", filters=filters)


SENT = ("amount", "currency", "description", "destination", "metadata", "source_transaction", "source_type",
        "transfer_group")  # fmt: skip
OPERATIONS = [
    Operation("POST", "/v1/transfers", create_transfer, takes(*SENT)),
    Operation(
        "GET", "/v1/transfers", list_transfers, takes(*PAGE, "created", "destination", "transfer_group")
    ),
    Operation("GET", "/v1/transfers/{id}", retrieve_transfer, takes()),
    Operation("POST", "/v1/transfers/{id}", update_transfer, takes("description", "metadata")),
]
