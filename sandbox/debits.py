"""Bank debits (SEPA): the money is asked of the buyer's bank, and comes or does not some minutes later."""

import ipaddress
from typing import Any

from sandbox.calls import Call
from sandbox.charges import charge_intent
from sandbox.due import schedule
from sandbox.errors import invalid
from sandbox.events import emit
from sandbox.store import Stored

SECONDS_UNTIL_DECIDED = 180


def ask_bank(call: Call, found: Stored, method: Stored) -> dict[str, Any]:
    """The intent is processing, and its charge pending, until the bank has decided."""
    _check_mandate(call)
    charge = charge_intent(call, found.data, method, captured=True, decline=None, pending=True)
    after = {
        **found.data,
        "status": "processing",
        "latest_charge": charge["id"],
        "last_payment_error": None,
        "next_action": None,
    }
    call.store.save(after, private=found.private)
    call.store.save(method.data, private={**method.private, "used": method.data["customer"] is None})
    own = {"subject": after["id"], "account": call.account}
    schedule(call.store, at=call.now + SECONDS_UNTIL_DECIDED, kind="debit_decided", **own)
    emit(call, "payment_intent.processing", after)
    return after


def _check_mandate(call: Call) -> None:
    """The buyer has agreed to the debit, in the past, and online from an address."""
    given = call.parameters.get("mandate_data")
    if not given:
        raise invalid(
            "A sepa_debit payment is confirmed with mandate_data.",
            param="mandate_data",
            code="parameter_missing",
        )
    acceptance, name = given["customer_acceptance"], "mandate_data[customer_acceptance]"
    if acceptance.get("accepted_at", 0) > call.now:
        raise invalid("A mandate is accepted in the past.", param=f"{name}[accepted_at]")
    if acceptance["type"] != "online":
        return
    if "online" not in acceptance:
        raise invalid(
            f"Missing required param: {name}[online].", param=f"{name}[online]", code="parameter_missing"
        )
    try:
        ipaddress.ip_address(acceptance["online"]["ip_address"])
    except ValueError:
        raise invalid("Invalid IP address.", param=f"{name}[online][ip_address]") from None
