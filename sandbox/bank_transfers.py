"""Bank transfers: a customer sends money by bank, and it pays the intents that wait, the oldest first."""

from typing import Any

from sandbox.addresses import ADDRESS
from sandbox.amounts import check_amount, check_currency
from sandbox.calls import Call, Operation, takes
from sandbox.charges import charge_intent
from sandbox.errors import invalid
from sandbox.events import emit
from sandbox.identities import new_id
from sandbox.store import Stored

INSTRUCTIONS = "display_bank_transfer_instructions"
KINDS = {"eur": "eu_bank_transfer", "jpy": "jp_bank_transfer"}
NOWHERE = dict.fromkeys(ADDRESS)
OWNER = {"account_holder_address": NOWHERE, "account_holder_name": "Sandbox", "bank_address": NOWHERE}
ADDRESSES: dict[str, dict[str, Any]] = {
    "eu_bank_transfer": {
        "iban": {**OWNER, "bic": "SXPYDEHH", "country": "DE", "iban": "DE89370400440532013000"},
        "supported_networks": ["sepa"],
        "type": "iban",
    },
    "jp_bank_transfer": {
        "supported_networks": ["zengin"],
        "type": "zengin",
        "zengin": {
            **OWNER,
            "account_number": "0001234",
            "account_type": "futsu",
            "bank_code": "0000",
            "bank_name": "Sandbox",
            "branch_code": "000",
            "branch_name": "Sandbox",
        },
    },
}


def pay_by_transfer(call: Call, found: Stored) -> dict[str, Any]:
    """What the customer has sent already pays; for the rest the buyer is told where to send it."""
    intent = found.data
    if intent["customer"] is None:
        raise invalid("A bank transfer needs a customer.", param="customer", code="parameter_missing")
    if intent["capture_method"] == "manual":
        raise invalid("A bank transfer is captured at once.", param="capture_method")
    if "customer_balance" not in intent["payment_method_options"]:
        name = "payment_method_options[customer_balance]"
        raise invalid(f"Missing required param: {name}.", param=name, code="parameter_missing")
    customer = call.find("customer", intent["customer"], param="customer")
    return _take(call, customer, found, told="payment_intent.requires_action")


def give_back(call: Call, found: Stored) -> None:
    """Before an intent changes, what was sent for it goes back to the customer's balance."""
    funded_minor = found.private.pop("funded_minor", 0)
    if funded_minor:
        customer = call.find("customer", found.data["customer"], even_deleted=True)
        _add_cash(call, customer, found.data["currency"], funded_minor)
        call.store.save(found.data, private=found.private)


def fund_cash_balance(call: Call) -> dict[str, Any]:
    """Money arrives from the customer's bank, and goes to what waits for it."""
    sent, customer = call.parameters, call.find("customer")
    currency = check_currency(sent["currency"])
    kind = kind_of_transfer(currency)
    amount_minor = check_amount(sent["amount"], currency)
    _add_cash(call, customer, currency, amount_minor)
    entry = {
        "id": new_id("ccsbtxn"),
        "object": "customer_cash_balance_transaction",
        "created": call.now,
        "currency": currency,
        "customer": customer.data["id"],
        "customer_account": None,
        "ending_balance": customer.private["cash"][currency],
        "funded": {"bank_transfer": {kind: {}, "reference": sent.get("reference"), "type": kind}},
        "livemode": False,
        "net_amount": amount_minor,
        "type": "funded",
    }
    call.store.insert(account=call.account, data=entry)
    emit(call, "customer_cash_balance_transaction.created", entry)
    for identity in _waiting(call, customer.data["id"], currency):
        if customer.private["cash"][currency]:
            _take(call, customer, call.find("payment_intent", identity), told="")
    return entry


def kind_of_transfer(currency: str) -> str:
    """The kind of bank transfer by which a currency comes."""
    if currency not in KINDS:
        raise invalid(f"Bank transfers in {currency} are not enabled in this sandbox.", param="currency")
    return KINDS[currency]


def _add_cash(call: Call, customer: Stored, currency: str, amount_minor: int) -> None:
    cash = customer.private.get("cash", {})
    customer.private["cash"] = {**cash, currency: cash.get(currency, 0) + amount_minor}
    call.store.save(customer.data, private=customer.private)


def _waiting(call: Call, customer: str, currency: str) -> list[str]:
    """The intents that money of that currency is awaited for, the oldest first."""
    rows = call.store.execute(
        "SELECT id FROM objects WHERE account = ? AND type = 'payment_intent'"
        " AND json_extract(data, '$.customer') = ? AND json_extract(data, '$.currency') = ?"
        " AND json_extract(data, '$.next_action.type') = ? ORDER BY created, seq",
        (call.account, customer, currency, INSTRUCTIONS),
    )
    return [row[0] for row in rows.fetchall()]


def _take(call: Call, customer: Stored, found: Stored, *, told: str) -> dict[str, Any]:
    """Let an intent have what its customer's balance holds, up to what it still needs."""
    intent = found.data
    cash_minor = customer.private.get("cash", {}).get(intent["currency"], 0)
    missing_minor = intent["amount"] - found.private.get("funded_minor", 0)
    taken_minor = min(cash_minor, missing_minor)
    if taken_minor:
        _add_cash(call, customer, intent["currency"], -taken_minor)
    if taken_minor == missing_minor:
        return _paid(call, found)
    found.private["funded_minor"] = found.private.get("funded_minor", 0) + taken_minor
    action = _instructions(call, intent, missing_minor - taken_minor)
    after = {**intent, "status": "requires_action", "next_action": action}
    call.store.save(after, private=found.private)
    emit(call, "payment_intent.partially_funded" if taken_minor else told, after)
    return after


def _instructions(call: Call, intent: dict[str, Any], remaining_minor: int) -> dict[str, Any]:
    kind = kind_of_transfer(intent["currency"])
    details = {
        "amount_remaining": remaining_minor,
        "currency": intent["currency"],
        "financial_addresses": [ADDRESSES[kind]],
        "hosted_instructions_url": None,
        "reference": intent["id"][-12:].upper(),
        "type": kind,
    }
    return {INSTRUCTIONS: details, "type": INSTRUCTIONS}


def _paid(call: Call, found: Stored) -> dict[str, Any]:
    method = call.find("payment_method", found.data["payment_method"], param="payment_method")
    charge = charge_intent(call, found.data, method, captured=True, decline=None)
    found.private.pop("funded_minor", None)
    after = {
        **found.data,
        "status": "succeeded",
        "amount_received": charge["amount"],
        "latest_charge": charge["id"],
        "last_payment_error": None,
        "next_action": None,
    }
    call.store.save(after, private=found.private)
    emit(call, "payment_intent.succeeded", after)
    return after


FUNDED_WITH = {
    "type": "object",
    "additionalProperties": False,
    "required": ["amount", "currency"],
    "properties": {
        "amount": {"type": "integer"},
        "currency": {"type": "string"},
        "reference": {"type": "string"},
        "expand": {"type": "array", "items": {"type": "string"}},
    },
}
OPERATIONS = [
    Operation(
        "POST",
        "/v1/test_helpers/customers/{id}/fund_cash_balance",
        fund_cash_balance,
        takes("amount", "currency", "reference"),
        beyond=FUNDED_WITH,
    ),
]
