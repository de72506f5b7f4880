"""Payouts: money that leaves an account of the sandbox for a bank."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.account_standing import bank_accounts_of
from sandbox.amounts import check_currency
from sandbox.balance import book, funds_moment, require_funds
from sandbox.bank_accounts import add_bank_account, find_bank_account
from sandbox.calls import PLATFORM, Call, Operation, takes
from sandbox.due import schedule
from sandbox.errors import StripeError, invalid
from sandbox.events import emit
from sandbox.faults import LATER
from sandbox.ibans import PAYS
from sandbox.identities import new_id
from sandbox.journal import write_line
from sandbox.listing import COMPARISONS, PAGE, Filter, equal, list_objects
from sandbox.metadata import merged
from sandbox.store import Stored
from sandbox.transfers import check_moved_amount

SECONDS_PENDING = 3600
SMALLEST_MINOR = {"sek": 2000, "nok": 2000, "dkk": 2000, "eur": 100, "gbp": 100, "usd": 100, "chf": 500}
IN_HUNDREDS = frozenset(("huf", "isk", "twd", "ugx"))


def create_payout(call: Call) -> dict[str, Any]:
    """Send available money to a bank account of the acting account; it arrives on the next weekday."""
    sent = call.parameters
    currency = check_currency(sent["currency"])
    amount_minor = _checked_amount(sent["amount"], currency)
    if sent.get("method") == "instant":
        message = "The bank account takes no instant payouts."
        raise StripeError(message, param="method", code="instant_payouts_unsupported")
    _allowed(call)
    bank = _destination(call, currency)
    source_type = sent.get("source_type", "card")
    require_funds(call, amount_minor=amount_minor, currency=currency, source_type=source_type)
    payout = new_payout(call, bank.data["id"], amount_minor, currency)
    return begin_payout(call, payout, available_on=call.now, fate=fate_of_payout(call, bank.private))


def _checked_amount(amount_minor: int, currency: str) -> int:
    smallest_minor = SMALLEST_MINOR.get(currency, 1)
    if 0 < amount_minor < smallest_minor:
        message = f"Payouts in {currency} are of at least {smallest_minor}."
        raise StripeError(message, param="amount", code="amount_too_small")
    if currency in IN_HUNDREDS and amount_minor % 100:
        raise invalid(
            f"Payouts in {currency} are divisible by 100.", param="amount", code="parameter_invalid_integer"
        )
    return check_moved_amount(amount_minor)


def _allowed(call: Call) -> None:
    account = call.store.load(call.account, kind="account")
    if account is not None and not account.data["payouts_enabled"]:
        raise StripeError("Payouts are not enabled for this account.", code="payouts_not_allowed")


def _destination(call: Call, currency: str) -> Stored:
    """The bank account that was named, or the default of the currency."""
    if "destination" in call.parameters:
        named = find_bank_account(call, call.account, call.parameters["destination"], param="destination")
        if named.data["currency"] != currency:
            raise invalid(
                f"The bank account takes {named.data['currency']}, not {currency}.", param="destination"
            )
        return named
    for one in bank_accounts_of(call.store, call.account):
        if one["currency"] == currency and one["default_for_currency"]:
            return find_bank_account(call, call.account, one["id"])
    if call.account != PLATFORM:
        raise StripeError(
            f"The account has no bank account for {currency}.", param="currency", code="payouts_not_allowed"
        )
    described = {"object": "bank_account", "country": "SE", "currency": currency, "account_number": PAYS}
    made = add_bank_account(call, PLATFORM, described)
    return find_bank_account(call, PLATFORM, made["id"])


def fate_of_payout(call: Call, otherwise: dict[str, Any]) -> dict[str, Any]:
    """Whether it will fail, and when: by a fault, or else as its bank account has it."""
    if call.fault in LATER:
        return {"failure_code": "could_not_process", "fails_late": call.fault == "payout_failed_after_paid"}
    return dict(otherwise)


def next_weekday(moment: int, *, days: int = 1) -> int:
    """The first second, in UTC, of the weekday that many weekdays later."""
    day = datetime.fromtimestamp(moment, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for _ in range(days):
        day += timedelta(days=1)
        while day.weekday() >= 5:
            day += timedelta(days=1)
    return int(day.timestamp())


def new_payout(call: Call, destination: str, amount_minor: int, currency: str) -> dict[str, Any]:
    """A pending payout with what was sent about it, not kept yet; a negative amount takes from the bank."""
    sent = call.parameters
    return {
        "id": new_id("po"),
        "object": "payout",
        "amount": amount_minor,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": next_weekday(call.now),
        "automatic": False,
        "balance_transaction": None,
        "created": call.now,
        "currency": currency,
        "description": sent.get("description"),
        "destination": destination,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": merged({}, sent.get("metadata")),
        "method": "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "not_applicable",
        "reversed_by": None,
        "source_type": sent.get("source_type", "card"),
        "statement_descriptor": sent.get("statement_descriptor"),
        "status": "pending",
        "trace_id": None,
        "type": "bank_account",
    }


def begin_payout(
    call: Call, payout: dict[str, Any], *, available_on: int, fate: dict[str, Any]
) -> dict[str, Any]:
    """Book it, keep it and tell of it; the rest is a matter of time."""
    entry = book(
        call,
        amount_minor=-payout["amount"],
        fee_minor=0,
        currency=payout["currency"],
        kind="payout",
        source=payout["id"],
        available_on=available_on,
        description=payout["description"],
    )
    payout["balance_transaction"] = entry["id"]
    call.store.insert(account=call.account, data=payout, private=fate)
    sent_at = min(call.now + SECONDS_PENDING, payout["arrival_date"])
    own = {"subject": payout["id"], "account": call.account}
    schedule(call.store, at=sent_at, kind="payout_sent", **own)
    schedule(call.store, at=payout["arrival_date"], kind="payout_taken", **own)
    journal_payout(call, payout)
    emit(call, "payout.created", payout)
    return payout


def journal_payout(call: Call, payout: dict[str, Any]) -> None:
    """One line more for a payout, at each of its statuses."""
    write_line(
        call,
        type="payout",
        id=payout["id"],
        status=payout["status"],
        amount=payout["amount"],
        currency=payout["currency"],
        destination=payout["destination"],
        metadata=payout["metadata"],
    )


def retrieve_payout(call: Call) -> dict[str, Any]:
    """One payout."""
    return call.find("payout").data


def update_payout(call: Call) -> dict[str, Any]:
    """Change its metadata."""
    before = call.find("payout").data
    after = {**before, "metadata": merged(before["metadata"], call.parameters.get("metadata"))}
    call.store.save(after)
    emit(call, "payout.updated", after, before=before)
    return after


def cancel_payout(call: Call) -> dict[str, Any]:
    """While it is pending; the money is available again at once."""
    payout = call.find("payout").data
    if payout["status"] != "pending":
        raise StripeError(f"Only a pending payout can be canceled; this one is {payout['status']}.")
    return bring_back(call, payout, kind="payout_cancel", status="canceled")


def bring_back(
    call: Call, payout: dict[str, Any], *, kind: str, status: str, **failure: Any
) -> dict[str, Any]:
    """The money is where it was before the payout, which says why."""
    entry = book(
        call,
        amount_minor=payout["amount"],
        fee_minor=0,
        currency=payout["currency"],
        kind=kind,
        source=payout["id"],
        available_on=funds_moment(call, payout),
        reporting_category="payout_reversal",
    )
    after = {**payout, **failure, "status": status, "failure_balance_transaction": entry["id"]}
    call.store.save(after)
    journal_payout(call, after)
    emit(call, f"payout.{status}", after, before=payout)
    return after


def list_payouts(call: Call) -> dict[str, Any]:
    """Newest first; by status, destination and day of arrival."""
    sent = call.parameters
    filters: list[Filter] = [
        *equal("status", sent.get("status")),
        *equal("destination", sent.get("destination")),
    ]
    arrival, field = sent.get("arrival_date"), "json_extract(data, '$.arrival_date')"
    if isinstance(arrival, int):
        filters.append((f"{field} = ?", (arrival,)))
    elif arrival:
        filters += [(f"{field} {COMPARISONS[name]} ?", (value,)) for name, value in arrival.items()]
    return list_objects(call, "payout", filters=filters)


SENT = ("amount", "currency", "description", "destination", "metadata", "method", "source_type",
        "statement_descriptor")  # fmt: skip
LISTED = (*PAGE, "arrival_date", "created", "destination", "status")
OPERATIONS = [
    Operation("POST", "/v1/payouts", create_payout, takes(*SENT)),
    Operation("GET", "/v1/payouts", list_payouts, takes(*LISTED)),
    Operation("GET", "/v1/payouts/{id}", retrieve_payout, takes()),
    Operation("POST", "/v1/payouts/{id}", update_payout, takes("metadata")),
    Operation("POST", "/v1/payouts/{id}/cancel", cancel_payout, takes()),
]
