"""Customers: who pays, and the payment methods kept for them."""

from typing import Any

from sandbox.addresses import address_of, shipping_of
from sandbox.calls import Call, Operation, takes
from sandbox.errors import resource_missing
from sandbox.events import emit
from sandbox.identities import new_id, random_letters
from sandbox.listing import PAGE, Filter, equal, list_objects
from sandbox.metadata import copy_sent, merged
from sandbox.payment_methods import attach, payment_methods_page, use_payment_method
from sandbox.store import Stored

PLAIN = ("description", "email", "name", "phone", "preferred_locales")


def create_customer(call: Call) -> dict[str, Any]:
    """A customer, with a payment method attached when one is given."""
    customer: dict[str, Any] = {
        "id": new_id("cus", length=14),
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": call.now,
        "currency": None,
        "customer_account": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "invoice_prefix": random_letters(8).upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    if "payment_method" in call.parameters:
        _attach_first(call, customer["id"])
    customer = _with_sent(call, customer)
    call.store.insert(account=call.account, data=customer)
    emit(call, "customer.created", customer)
    return customer


def _attach_first(call: Call, customer: str) -> None:
    """The payment method it is made with may be its default in the same call."""
    sent = call.parameters
    method = attach(call, use_payment_method(call, sent["payment_method"]), customer)
    settings = sent.get("invoice_settings", {})
    if settings.get("default_payment_method") == sent["payment_method"]:
        settings["default_payment_method"] = method["id"]


def _with_sent(call: Call, customer: dict[str, Any]) -> dict[str, Any]:
    """The customer with what was sent."""
    sent = call.parameters
    after = {**customer, "metadata": merged(customer["metadata"], sent.get("metadata"))}
    copy_sent(after, sent, *PLAIN)
    for name in ("business_name", "individual_name"):
        if name in sent:
            after[name] = sent[name]
    if "address" in sent:
        after["address"] = address_of(sent["address"])
    if "shipping" in sent:
        after["shipping"] = shipping_of(sent["shipping"])
    if "tax_exempt" in sent:
        after["tax_exempt"] = sent["tax_exempt"] or "none"
    if "invoice_settings" in sent:
        after["invoice_settings"] = _invoice_settings(call, customer)
    return after


def _invoice_settings(call: Call, customer: dict[str, Any]) -> dict[str, Any]:
    """The default payment method must be kept for this customer."""
    settings = dict(customer["invoice_settings"])
    wanted = call.parameters["invoice_settings"].get("default_payment_method")
    if wanted:
        param = "invoice_settings[default_payment_method]"
        method = call.find("payment_method", wanted, param=param)
        if method.data["customer"] != customer["id"]:
            raise resource_missing("payment_method", wanted, param=param, status=400)
        settings["default_payment_method"] = wanted
    return settings


def retrieve_customer(call: Call) -> dict[str, Any]:
    """One customer; a deleted one says that it is."""
    found = call.find("customer", even_deleted=True)
    return tombstone(found) if "deleted" in found.private else found.data


def tombstone(found: Stored) -> dict[str, Any]:
    """What is left of a deleted object."""
    return {"id": found.data["id"], "object": found.data["object"], "deleted": True}


def update_customer(call: Call) -> dict[str, Any]:
    """Change what was sent, keep the rest."""
    before = call.find("customer").data
    after = _with_sent(call, before)
    call.store.save(after)
    emit(call, "customer.updated", after, before=before)
    return after


def delete_customer(call: Call) -> dict[str, Any]:
    """For good. Its payment methods are detached and cannot be used again."""
    found = call.find("customer")
    found.private = {**found.private, "deleted": True}
    call.store.save({**found.data}, private=found.private)
    _forget_methods(call, found.data["id"])
    emit(call, "customer.deleted", found.data)
    return tombstone(found)


def _forget_methods(call: Call, customer: str) -> None:
    call.store.execute(
        "UPDATE objects SET data = json_set(data, '$.customer', NULL),"
        " private = json_set(private, '$.used', json('true'))"
        " WHERE account = ? AND type = 'payment_method' AND json_extract(data, '$.customer') = ?",
        (call.account, customer),
    )


def list_customers(call: Call) -> dict[str, Any]:
    """Newest first, without the deleted; by e-mail."""
    living: Filter = ("json_extract(private, '$.deleted') IS NULL", ())
    return list_objects(call, "customer", filters=[*equal("email", call.parameters.get("email")), living])


def list_payment_methods_of(call: Call) -> dict[str, Any]:
    """The payment methods kept for a customer."""
    customer = call.find("customer").data["id"]
    return payment_methods_page(call, customer, url=f"/v1/customers/{customer}/payment_methods")


def retrieve_payment_method_of(call: Call) -> dict[str, Any]:
    """One payment method, if it is kept for that customer."""
    method = call.find("payment_method")
    if method.data["customer"] != call.ids["customer"]:
        raise resource_missing("payment_method", method.data["id"])
    return method.data


CHANGED = (
    *PLAIN, "address", "business_name", "individual_name", "metadata", "shipping", "tax_exempt",
    "invoice_settings.default_payment_method",
)  # fmt: skip
OPERATIONS = [
    Operation("POST", "/v1/customers", create_customer, takes(*CHANGED, "payment_method")),
    Operation("GET", "/v1/customers", list_customers, takes(*PAGE, "created", "email")),
    Operation("GET", "/v1/customers/{id}", retrieve_customer, takes()),
    Operation("POST", "/v1/customers/{id}", update_customer, takes(*CHANGED)),
    Operation("DELETE", "/v1/customers/{id}", delete_customer),
    Operation(
        "GET",
        "/v1/customers/{id}/payment_methods",
        list_payment_methods_of,
        takes(*PAGE, "type", "allow_redisplay"),
    ),
    Operation("GET", "/v1/customers/{customer}/payment_methods/{id}", retrieve_payment_method_of, takes()),
]
