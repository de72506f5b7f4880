"""Money on an account: balance transactions, and the balance that is their sum."""

from typing import Any

from sandbox.calls import PLATFORM, Call, Operation, takes
from sandbox.due import schedule
from sandbox.errors import StripeError
from sandbox.events import emit
from sandbox.identities import new_id
from sandbox.listing import PAGE, equal, list_objects
from sandbox.store import Store

DEFAULT_CURRENCY = "sek"


def book(
    call: Call,
    *,
    amount_minor: int,
    fee_minor: int,
    currency: str,
    kind: str,
    source: str,
    available_on: int,
    description: str | None = None,
    reporting_category: str | None = None,
    fee_words: str = "Stripe processing fees",
) -> dict[str, Any]:
    """Write one balance transaction. The balance moves by `amount_minor - fee_minor`, and only so."""
    fees = [
        {
            "amount": fee_minor,
            "application": None,
            "currency": currency,
            "description": fee_words,
            "type": "stripe_fee",
        }
    ]
    entry = {
        "id": new_id("txn"),
        "object": "balance_transaction",
        "amount": amount_minor,
        "available_on": available_on,
        "balance_type": "payments",
        "created": call.now,
        "currency": currency,
        "description": description,
        "exchange_rate": None,
        "fee": fee_minor,
        "fee_details": fees if fee_minor else [],
        "net": amount_minor - fee_minor,
        "reporting_category": reporting_category or kind,
        "source": source,
        "status": "pending",
        "type": kind,
    }
    call.store.insert(account=call.account, data=entry)
    call.store.execute(
        "INSERT INTO balance_entries (transaction_id, account, currency, available_on, net)"
        " VALUES (?, ?, ?, ?, ?)",
        (entry["id"], call.account, currency, available_on, entry["net"]),
    )
    call.store.execute(
        "INSERT INTO balances (account, currency, total) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET total = total + excluded.total",
        (call.account, currency, entry["net"]),
    )
    if amount_minor > fee_minor:
        schedule(call.store, at=available_on, kind="balance", subject=call.account, account=call.account)
    return entry


def with_status(entry: dict[str, Any], *, now: int) -> dict[str, Any]:
    """Pending until its day has come."""
    return {**entry, "status": "available" if entry["available_on"] <= now else "pending"}


def balance_minor(store: Store, *, account: str, now: int) -> dict[str, tuple[int, int]]:
    """(available, pending) of every currency the account ever held."""
    come = "FROM balance_entries WHERE account = ? AND available_on <= ?"
    sums = store.execute(f"SELECT currency, sum(net) {come} GROUP BY currency", (account, now)).fetchall()
    for currency, net in sums:
        store.execute(
            "UPDATE balances SET available = available + ? WHERE account = ? AND currency = ?",
            (net, account, currency),
        )
    if sums:
        store.execute(f"DELETE {come}", (account, now))
    rows = store.execute(
        "SELECT currency, available, total - available FROM balances WHERE account = ? ORDER BY currency",
        (account,),
    )
    return {currency: (available, pending) for currency, available, pending in rows.fetchall()}


def _coming_minor(store: Store, *, account: str, currency: str, by: int) -> int:
    """How much of what is pending will be available at that moment."""
    row = store.execute(
        "SELECT coalesce(sum(net), 0) FROM balance_entries"
        " WHERE account = ? AND currency = ? AND available_on <= ?",
        (account, currency, by),
    ).fetchone()
    return int(row[0])


def funds_moment(call: Call, undone: dict[str, Any]) -> int:
    """When what undoes a charge or a payout counts: with that itself, while it is still pending."""
    entry = call.find("balance_transaction", undone["balance_transaction"]).data
    return max(call.now, int(entry["available_on"]))


def require_funds(
    call: Call, *, amount_minor: int, currency: str, source_type: str = "card", by: int | None = None
) -> None:
    """There is that much, available by then (now, when nothing is said); cards are all it comes from.

    Raises:
        StripeError: balance_insufficient.
    """
    sums = balance_minor(call.store, account=call.account, now=call.now)
    available_minor = sums.get(currency, (0, 0))[0]
    if by is not None:
        available_minor += _coming_minor(call.store, account=call.account, currency=currency, by=by)
    if source_type != "card":
        available_minor = 0
    if amount_minor > available_minor:
        raise StripeError(
            f"You have insufficient funds in your Stripe account: {available_minor} {currency} of source type"
            f" {source_type} is available, {amount_minor} is needed.",
            code="balance_insufficient",
        )


def tell_available(call: Call) -> None:
    """Money of this account has become available."""
    emit(call, "balance.available", retrieve_balance(call))


def retrieve_balance(call: Call) -> dict[str, Any]:
    """Available and pending sums by currency; an account without movements shows a zero."""
    sums = balance_minor(call.store, account=call.account, now=call.now) or {DEFAULT_CURRENCY: (0, 0)}
    reserved = [{"amount": 0, "currency": currency} for currency in sums]
    return {
        "object": "balance",
        "available": [_line(currency, both[0]) for currency, both in sums.items()],
        **({"connect_reserved": reserved} if call.account == PLATFORM else {}),
        "livemode": False,
        "pending": [_line(currency, both[1]) for currency, both in sums.items()],
    }


def _line(currency: str, amount_minor: int) -> dict[str, Any]:
    return {"amount": amount_minor, "currency": currency, "source_types": {"card": amount_minor}}


def retrieve_balance_transaction(call: Call) -> dict[str, Any]:
    """One movement, with its status as of now."""
    return with_status(call.find("balance_transaction").data, now=call.now)


def list_balance_transactions(call: Call) -> dict[str, Any]:
    """Newest first; by currency, source or type."""
    sent = call.parameters
    filters = [
        *equal("currency", sent.get("currency")),
        *equal("source", sent.get("source")),
        *equal("type", sent.get("type")),
    ]
    page = list_objects(call, "balance_transaction", filters=filters)
    return {**page, "data": [with_status(entry, now=call.now) for entry in page["data"]]}


OPERATIONS = [
    Operation("GET", "/v1/balance", retrieve_balance, takes()),
    Operation(
        "GET",
        "/v1/balance_transactions",
        list_balance_transactions,
        takes(*PAGE, "created", "currency", "source", "type"),
    ),
    Operation("GET", "/v1/balance_transactions/{id}", retrieve_balance_transaction, takes()),
]
