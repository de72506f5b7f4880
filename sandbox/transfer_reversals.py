"""Reversals: money of a transfer that comes back to the platform, in one part or in many."""

from typing import Any

from sandbox.balance import book, require_funds
from sandbox.calls import PLATFORM, Call, Operation, acting_as, takes
from sandbox.errors import StripeError, resource_missing
from sandbox.events import emit
from sandbox.identities import new_id
from sandbox.journal import write_line
from sandbox.listing import PAGE, Filter, list_objects
from sandbox.metadata import merged
from sandbox.store import Stored
from sandbox.transfer_payments import take_back
from sandbox.transfers import check_moved_amount, find_transfer

SHOWN = 10


def create_reversal(call: Call) -> dict[str, Any]:
    """Take back that much, or all that is left; the connected account must still have it."""
    transfer, sent = find_transfer(call).data, call.parameters
    left_minor = transfer["amount"] - transfer["amount_reversed"]
    amount_minor = check_moved_amount(sent.get("amount", left_minor or 1))
    if amount_minor > left_minor:
        raise StripeError(
            f"The reversals of a transfer cannot exceed it: {left_minor} is left.", param="amount"
        )
    entry = call.find("balance_transaction", transfer["balance_transaction"]).data
    own = acting_as(call, transfer["destination"])
    available_on = max(call.now, entry["available_on"])
    require_funds(own, amount_minor=amount_minor, currency=transfer["currency"], by=available_on)
    identity = new_id("trr")
    taken = take_back(own, transfer, identity, amount_minor=amount_minor, available_on=available_on)
    reversal = _book_reversal(call, transfer, identity, amount_minor, taken["id"], available_on)
    after = {
        **transfer,
        "amount_reversed": transfer["amount_reversed"] + amount_minor,
        "reversed": amount_minor == left_minor,
    }
    after["reversals"] = _shown(call, after)
    call.store.save(after)
    _journal(call, after, reversal)
    emit(call, "transfer.reversed", after, before=transfer)
    return reversal


def _book_reversal(
    call: Call, transfer: dict[str, Any], identity: str, amount_minor: int, taken: str, available_on: int
) -> dict[str, Any]:
    entry = book(
        call,
        amount_minor=amount_minor,
        fee_minor=0,
        currency=transfer["currency"],
        kind="transfer_refund",
        source=identity,
        available_on=available_on,
        description=call.parameters.get("description"),
        reporting_category="transfer_reversal",
    )
    reversal = {
        "id": identity,
        "object": "transfer_reversal",
        "amount": amount_minor,
        "balance_transaction": entry["id"],
        "created": call.now,
        "currency": transfer["currency"],
        "destination_payment_refund": taken,
        "metadata": merged({}, call.parameters.get("metadata")),
        "source_refund": None,
        "transfer": transfer["id"],
    }
    call.store.insert(account=PLATFORM, data=reversal)
    return reversal


def _page(call: Call, transfer: str) -> dict[str, Any]:
    own: Filter = ("json_extract(data, '$.transfer') = ?", (transfer,))
    return list_objects(call, "transfer_reversal", filters=[own], url=f"/v1/transfers/{transfer}/reversals")


def _shown(call: Call, transfer: dict[str, Any]) -> dict[str, Any]:
    """The newest reversals, as the transfer shows them."""
    rows = call.store.execute(
        "SELECT id FROM objects WHERE account = ? AND type = 'transfer_reversal'"
        " AND json_extract(data, '$.transfer') = ? ORDER BY seq DESC",
        (PLATFORM, transfer["id"]),
    ).fetchall()
    newest = [found.data for row in rows[:SHOWN] if (found := call.store.load(row[0]))]
    return {**transfer["reversals"], "data": newest, "has_more": len(rows) > SHOWN}


def _journal(call: Call, transfer: dict[str, Any], reversal: dict[str, Any]) -> None:
    write_line(
        call,
        type="reversal",
        id=reversal["id"],
        status="succeeded",
        amount=reversal["amount"],
        currency=reversal["currency"],
        destination=transfer["destination"],
        charge=transfer["source_transaction"],
        source_transaction=transfer["source_transaction"],
        transfer=transfer["id"],
        transfer_group=transfer["transfer_group"],
        metadata=reversal["metadata"],
    )


def _found(call: Call) -> tuple[Stored, dict[str, Any]]:
    """A reversal of that transfer, and the transfer."""
    transfer = find_transfer(call, "transfer").data
    found = call.store.load(call.ids["id"], kind="transfer_reversal")
    if found is None or found.data["transfer"] != transfer["id"]:
        raise resource_missing("transfer reversal", call.ids["id"])
    return found, transfer


def retrieve_reversal(call: Call) -> dict[str, Any]:
    """One reversal."""
    return _found(call)[0].data


def update_reversal(call: Call) -> dict[str, Any]:
    """Change its metadata."""
    found, transfer = _found(call)
    after = {**found.data, "metadata": merged(found.data["metadata"], call.parameters.get("metadata"))}
    call.store.save(after)
    call.store.save({**transfer, "reversals": _shown(call, transfer)})
    return after


def list_reversals(call: Call) -> dict[str, Any]:
    """The reversals of one transfer, newest first."""
    return _page(call, find_transfer(call).data["id"])


MANY, ONE = "/v1/transfers/{id}/reversals", "/v1/transfers/{transfer}/reversals/{id}"
OPERATIONS = [
    Operation("POST", MANY, create_reversal, takes("amount", "description", "metadata")),
    Operation("GET", MANY, list_reversals, takes(*PAGE)),
    Operation("GET", ONE, retrieve_reversal, takes()),
    Operation("POST", ONE, update_reversal, takes("metadata")),
]
