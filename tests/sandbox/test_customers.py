"""Customers: made, changed, deleted, and what remains of them."""

from .client import Client


def test_a_customer_is_changed_key_by_key_and_the_change_is_told(api: Client) -> None:
    buyer = api.post("/v1/customers", {"name": "Bo", "email": "bo@shop.example", "metadata": {"a": "1"}})

    changed = api.post(f"/v1/customers/{buyer['id']}", {"name": "Bo Ek", "metadata": {"b": "2"}})

    assert (changed["name"], changed["email"]) == ("Bo Ek", "bo@shop.example")
    assert changed["metadata"] == {"a": "1", "b": "2"}
    told = api.get("/v1/events", {"type": "customer.updated", "limit": 1})["data"][0]["data"]
    assert told["object"] == changed
    assert told["previous_attributes"] == {"name": "Bo", "metadata": {"b": None}}


def test_an_address_can_be_taken_away(api: Client) -> None:
    buyer = api.post("/v1/customers", {"address": {"city": "Lund"}})

    changed = api.post(f"/v1/customers/{buyer['id']}", {"address": ""})

    assert buyer["address"]["city"] == "Lund" and buyer["address"]["line1"] is None
    assert changed["address"] is None


def test_a_customer_may_be_made_with_its_default_card(api: Client) -> None:
    default = {"default_payment_method": "pm_card_visa"}

    buyer = api.post("/v1/customers", {"payment_method": "pm_card_visa", "invoice_settings": default})

    kept = api.get(f"/v1/customers/{buyer['id']}/payment_methods")["data"]
    assert [one["id"] for one in kept] == [buyer["invoice_settings"]["default_payment_method"]]


def test_only_a_card_of_the_customer_can_be_its_default(api: Client) -> None:
    buyer = api.post("/v1/customers")["id"]
    stranger = api.get("/v1/payment_methods/pm_card_visa")["id"]

    error = api.refused(f"/v1/customers/{buyer}", {"invoice_settings": {"default_payment_method": stranger}})

    assert error["param"] == "invoice_settings[default_payment_method]"


def test_of_a_deleted_customer_only_its_name_plate_is_left(api: Client) -> None:
    buyer = api.post("/v1/customers", {"email": "gone@shop.example", "payment_method": "pm_card_visa"})["id"]
    card = api.get(f"/v1/customers/{buyer}/payment_methods")["data"][0]["id"]

    gone = api.delete(f"/v1/customers/{buyer}")

    assert gone == {"id": buyer, "object": "customer", "deleted": True}
    assert api.get(f"/v1/customers/{buyer}") == gone
    assert api.get("/v1/customers", {"email": "gone@shop.example"})["data"] == []
    assert api.refused(f"/v1/customers/{buyer}", {"name": "Bo"})["code"] == "resource_missing"
    assert api.call("DELETE", f"/v1/customers/{buyer}").status_code == 404
    pay = {"amount": 5000, "currency": "sek"}
    assert api.refused("/v1/payment_intents", {**pay, "customer": buyer})["param"] == "customer"
    assert api.get(f"/v1/payment_methods/{card}")["customer"] is None
    assert api.refused("/v1/payment_intents", {**pay, "payment_method": card})["param"] == "payment_method"


def test_a_customer_nobody_made_is_missing(api: Client) -> None:
    error = api.refused("/v1/customers/cus_nobody", method="GET")

    assert (error["status"], error["code"], error["param"]) == (404, "resource_missing", "id")
