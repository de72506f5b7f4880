"""Payment methods: cards by number or by test token, bank accounts by IBAN, alone or kept for a customer."""

import hashlib
from datetime import UTC, date, datetime
from typing import Any

from sandbox.addresses import ADDRESS
from sandbox.calls import Call, Operation, takes
from sandbox.cards import behaviour_of, card_of_token, check_expiry, describe_card
from sandbox.errors import StripeError, invalid, resource_missing
from sandbox.events import emit
from sandbox.ibans import check_account_number
from sandbox.identities import new_id
from sandbox.listing import PAGE, equal, list_objects
from sandbox.metadata import merged, unset_if_empty
from sandbox.store import Stored

BILLING = ("email", "name", "phone", "tax_id")
DEBIT, DEBIT_FAILS = "sepa_debit", "sepa_debit_fails"
BANK_TRANSFER = "customer_balance"
KINDS = ("card", DEBIT, BANK_TRANSFER)
REFUSED_IBAN = "AT861904300235473202"
DESCRIPTION = ("type", "card", "billing_details", "allow_redisplay", "metadata")


def create_payment_method(call: Call) -> dict[str, Any]:
    """A card, a bank account that is debited, or money sent by bank; other types are refused."""
    sent = call.parameters
    if "type" not in sent:
        raise invalid("Missing required param: type.", param="type", code="parameter_missing")
    return make_payment_method(call, sent).data


def make_payment_method(call: Call, sent: dict[str, Any], *, inside: str = "") -> Stored:
    """Keep it as described; `inside` names the parameter the description came in."""
    kind = sent["type"]
    if kind not in KINDS:
        raise invalid(f"Only {', '.join(KINDS)} are enabled here, not {kind}.", param=inside or "type")
    for other in KINDS:
        name = f"{inside}[{other}]" if inside else other
        if other == kind != BANK_TRANSFER and other not in sent:
            raise invalid(f"Missing required param: {name}.", param=name, code="parameter_missing")
        if other != kind and other in sent:
            raise invalid(f"{name} does not go with the type {kind}.", param=name)
    if kind == BANK_TRANSFER:
        return _keep(call, sent, {}, BANK_TRANSFER)
    name = f"{inside}[{kind}]" if inside else kind
    describe = _card_of if kind == "card" else _debit_of
    shown, behaviour = describe(call, sent[kind], name)
    if kind == DEBIT:
        _check_payer(sent.get("billing_details", {}), inside)
    return _keep(call, sent, shown, behaviour)


def _debit_of(call: Call, sent: dict[str, Any], name: str) -> tuple[dict[str, Any], str]:
    """The shown bank account of a buyer, and whether a debit of it fails."""
    iban = check_account_number(sent["iban"], country=sent["iban"].strip()[:2].upper(), param=f"{name}[iban]")
    shown = {
        "bank_code": iban[4:12],
        "branch_code": "",
        "country": iban[:2],
        "fingerprint": hashlib.sha256(f"bank:{iban}".encode()).hexdigest()[:16],
        "generated_from": {"charge": None, "setup_attempt": None},
        "last4": iban[-4:],
    }
    return shown, DEBIT_FAILS if iban == REFUSED_IBAN else DEBIT


def _check_payer(billing: dict[str, Any], inside: str) -> None:
    """A debit needs to know whose it is."""
    for field in ("name", "email"):
        if not billing.get(field):
            name = f"{inside}[billing_details]" if inside else "billing_details"
            raise invalid(
                f"Missing required param: {name}[{field}].",
                param=f"{name}[{field}]",
                code="parameter_missing",
            )


def today_of(call: Call) -> date:
    """The sandbox's date, in UTC."""
    return datetime.fromtimestamp(call.now, UTC).date()


def _card_of(call: Call, sent: dict[str, Any], name: str) -> tuple[dict[str, Any], str]:
    """The shown card and its behaviour, from a token or from a number."""
    today = today_of(call)
    if "token" in sent:
        known = card_of_token(sent["token"])
        if known is None:
            raise resource_missing("token", sent["token"], param=f"{name}[token]", status=400)
        number, month, year, cvc = known.number, 12, today.year + 3, None
    else:
        for field in ("number", "exp_month", "exp_year"):
            if field not in sent:
                shown = f"{name}[{field}]"
                raise invalid(f"Missing required param: {shown}.", param=shown, code="parameter_missing")
        number, month, year = sent["number"], sent["exp_month"], sent["exp_year"]
        cvc = sent.get("cvc")
    card = describe_card(number, exp_month=month, exp_year=year, cvc=cvc, today=today)
    if "networks" in sent:
        card["networks"]["preferred"] = _preferred(card, sent["networks"], name)
    return card, behaviour_of(number.replace(" ", "").replace("-", ""))


def _preferred(card: dict[str, Any], networks: dict[str, Any], name: str) -> str | None:
    wanted: str | None = unset_if_empty(networks.get("preferred"))
    if wanted is not None and wanted not in card["networks"]["available"]:
        raise invalid(f"The card cannot be used on {wanted}.", param=f"{name}[networks][preferred]")
    return wanted


def _keep(call: Call, sent: dict[str, Any], described: dict[str, Any], behaviour: str) -> Stored:
    shown = {
        "id": new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": sent.get("allow_redisplay", "unspecified"),
        "billing_details": billing_details(sent.get("billing_details")),
        "created": call.now,
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": merged({}, sent.get("metadata")),
        "type": sent["type"],
        sent["type"]: described,
    }
    private = {"behaviour": behaviour, "used": False, "set_up": False}
    call.store.insert(account=call.account, data=shown, private=private)
    return Stored(call.account, shown, private)


def billing_details(sent: dict[str, Any] | None, kept: dict[str, Any] | None = None) -> dict[str, Any]:
    """All keys, null where nothing is known."""
    sent, kept = sent or {}, kept or {}
    address = {name: (kept.get("address") or {}).get(name) for name in ADDRESS}
    if sent.get("address") == "":
        address = dict.fromkeys(ADDRESS)
    elif "address" in sent:
        address |= {name: unset_if_empty(value) for name, value in sent["address"].items()}
    plain = {name: unset_if_empty(sent.get(name, kept.get(name))) for name in BILLING}
    return {"address": address, **plain}


def use_payment_method(call: Call, identity: str, *, param: str = "payment_method") -> Stored:
    """The payment method of that id; a test token such as `pm_card_visa` becomes a new one.

    Raises:
        StripeError: resource_missing.
    """
    known = card_of_token(identity) if identity.startswith("pm_card_") else None
    if known is not None:
        return make_payment_method(call, {"type": "card", "card": {"token": identity}}, inside=param)
    found = call.store.load(identity, kind="payment_method")
    if found is None or found.account != call.account:
        raise resource_missing("PaymentMethod", identity, param=param, status=404 if param == "id" else 400)
    return found


def retrieve_payment_method(call: Call) -> dict[str, Any]:
    """One payment method."""
    return use_payment_method(call, call.ids["id"], param="id").data


def update_payment_method(call: Call) -> dict[str, Any]:
    """Change a payment method that is kept for a customer."""
    found = use_payment_method(call, call.ids["id"], param="id")
    if found.data["customer"] is None:
        raise StripeError("A payment method must be attached to a customer before it can be updated.")
    sent, before = call.parameters, found.data
    after = {
        **before,
        "billing_details": billing_details(sent.get("billing_details"), before["billing_details"]),
        "metadata": merged(before["metadata"], sent.get("metadata")),
        "allow_redisplay": sent.get("allow_redisplay", before["allow_redisplay"]),
    }
    if "card" in before:
        after["card"] = _updated_card(call, before["card"], sent.get("card", {}))
    elif "card" in sent:
        raise StripeError("The payment method is no card.", param="card")
    call.store.save(after)
    emit(call, "payment_method.updated", after, before=before)
    return after


def _updated_card(call: Call, card: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
    networks = dict(card["networks"])
    if "networks" in sent:
        networks["preferred"] = _preferred(card, sent["networks"], "card")
    dates: dict[str, Any] = {name: sent[name] for name in ("exp_month", "exp_year") if name in sent}
    check_expiry({**card, **dates}, today=today_of(call))
    return {**card, **dates, "networks": networks}


def list_payment_methods(call: Call) -> dict[str, Any]:
    """Those kept for a customer, or all of the account's."""
    sent = call.parameters
    if "customer" in sent:
        call.find("customer", sent["customer"], param="customer")
    return payment_methods_page(call, sent.get("customer"), url="/v1/payment_methods")


def payment_methods_page(call: Call, customer: str | None, *, url: str) -> dict[str, Any]:
    """A page of payment methods, by customer, type and allow_redisplay."""
    sent = call.parameters
    filters = [
        *equal("customer", customer),
        *equal("type", sent.get("type")),
        *equal("allow_redisplay", sent.get("allow_redisplay")),
    ]
    return list_objects(call, "payment_method", filters=filters, url=url)


def attach_payment_method(call: Call) -> dict[str, Any]:
    """Keep it for a customer, for good: another customer cannot have it afterwards."""
    if "customer" not in call.parameters:
        raise invalid("Missing required param: customer.", param="customer", code="parameter_missing")
    call.find("customer", call.parameters["customer"], param="customer")
    return attach(call, use_payment_method(call, call.ids["id"], param="id"), call.parameters["customer"])


def attach(call: Call, method: Stored, customer: str) -> dict[str, Any]:
    """Attach and tell; attached to the same customer already, nothing happens."""
    if method.data["customer"] == customer:
        return method.data
    if method.data["customer"] is not None or method.private["used"]:
        raise StripeError(
            "This payment method is attached to another customer, or was used without one,"
            " and cannot be attached.",
            code="payment_method_unexpected_state",
        )
    method.data = {**method.data, "customer": customer}
    call.store.save(method.data)
    emit(call, "payment_method.attached", method.data)
    return method.data


def detach_payment_method(call: Call) -> dict[str, Any]:
    """Take it from its customer; it cannot be used again."""
    method = use_payment_method(call, call.ids["id"], param="id")
    if method.data["customer"] is None:
        raise StripeError("The payment method is not attached to a customer, so detachment is impossible.")
    before = method.data
    after = {**before, "customer": None}
    call.store.save(after, private={**method.private, "used": True})
    emit(call, "payment_method.detached", after, before=before)
    return after


DESCRIBED = (
    "type", "card.number", "card.exp_month", "card.exp_year", "card.cvc", "card.token",
    "card.networks.preferred", "sepa_debit.iban", "billing_details", "allow_redisplay", "metadata",
)  # fmt: skip
CHANGED = (
    "allow_redisplay", "billing_details", "card.exp_month", "card.exp_year", "card.networks.preferred",
    "metadata",
)  # fmt: skip
LISTED = (*PAGE, "type", "allow_redisplay")
OPERATIONS = [
    Operation("POST", "/v1/payment_methods", create_payment_method, takes(*DESCRIBED), publishable=True),
    Operation("GET", "/v1/payment_methods", list_payment_methods, takes(*LISTED, "customer")),
    Operation("GET", "/v1/payment_methods/{id}", retrieve_payment_method, takes()),
    Operation(
        "POST",
        "/v1/payment_methods/{id}",
        update_payment_method,
        takes(*CHANGED),
    ),
    Operation("POST", "/v1/payment_methods/{id}/attach", attach_payment_method, takes("customer")),
    Operation("POST", "/v1/payment_methods/{id}/detach", detach_payment_method, takes()),
]
