"""Lists: newest first, page by page, filtered; and expansion of what they hold."""

import time

import pytest

from .client import Client
from .process import SandboxProcess


@pytest.fixture(scope="module")
def customers(running: SandboxProcess) -> list[str]:
    """Twelve customers, newest first."""
    api = Client(running.url)
    made = [api.post("/v1/customers", {"email": f"c{n % 2}@shop.example"})["id"] for n in range(12)]
    return made[::-1]


def ids(page: dict[str, list[dict[str, str]]]) -> list[str]:
    return [one["id"] for one in page["data"]]


def test_ten_newest_first_and_a_word_about_the_rest(api: Client, customers: list[str]) -> None:
    page = api.get("/v1/customers")

    assert ids(page) == customers[:10]
    assert (page["object"], page["url"], page["has_more"]) == ("list", "/v1/customers", True)


def test_pages_forwards_and_backwards_meet(api: Client, customers: list[str]) -> None:
    first = api.get("/v1/customers", {"limit": 5})
    second = api.get("/v1/customers", {"limit": 5, "starting_after": ids(first)[-1]})
    last = api.get("/v1/customers", {"limit": 5, "starting_after": ids(second)[-1]})
    back = api.get("/v1/customers", {"limit": 5, "ending_before": ids(last)[0]})

    assert ids(first) + ids(second) + ids(last) == customers
    assert [first["has_more"], second["has_more"], last["has_more"]] == [True, True, False]
    assert ids(back) == ids(second)
    assert back["has_more"] is True


@pytest.mark.parametrize("limit", [0, 101, -1, "many"])
def test_a_page_has_between_one_and_a_hundred(api: Client, limit: object) -> None:
    error = api.refused("/v1/customers", {"limit": limit}, method="GET")

    assert (error["status"], error["code"], error["param"]) == (400, "parameter_invalid_integer", "limit")


def test_a_cursor_that_is_nobodys_is_refused(api: Client) -> None:
    error = api.refused("/v1/customers", {"starting_after": "cus_nobody"}, method="GET")

    assert (error["code"], error["param"]) == ("resource_missing", "starting_after")


def test_both_cursors_at_once_are_refused(api: Client, customers: list[str]) -> None:
    both = {"starting_after": customers[3], "ending_before": customers[1]}

    assert api.refused("/v1/customers", both, method="GET")["param"] == "ending_before"


def test_a_filter_goes_with_a_page(api: Client, customers: list[str]) -> None:
    page = api.get("/v1/customers", {"email": "c1@shop.example", "limit": 4})

    assert ids(page) == customers[::2][:4]
    assert page["has_more"] is True


def test_created_takes_a_moment_or_a_span(api: Client, customers: list[str]) -> None:
    at = api.get(f"/v1/customers/{customers[0]}")["created"]

    assert customers[0] in ids(api.get("/v1/customers", {"created": at}))
    assert customers[0] in ids(api.get("/v1/customers", {"created": {"gte": at, "lte": at}}))
    assert customers[0] not in ids(api.get("/v1/customers", {"created": {"gt": at}}))
    assert ids(api.get("/v1/customers", {"created": {"lt": int(time.time()) - 3600}})) == []


def test_events_are_chosen_by_type_by_group_or_by_several(api: Client) -> None:
    api.paid()

    one = api.get("/v1/events", {"type": "charge.succeeded"})["data"]
    group = api.get("/v1/events", {"type": "charge.*"})["data"]
    several = api.get("/v1/events", {"types": ["charge.updated", "payment_intent.created"]})["data"]

    assert {event["type"] for event in one} == {"charge.succeeded"}
    assert {event["type"] for event in group} == {"charge.succeeded", "charge.updated"}
    assert {event["type"] for event in several} == {"charge.updated", "payment_intent.created"}


def test_expansion_reaches_through_objects_and_lists(api: Client) -> None:
    buyer = api.post("/v1/customers")["id"]
    paid = api.paid(customer=buyer, expand=["latest_charge.balance_transaction", "customer"])

    assert paid["latest_charge"]["balance_transaction"]["net"] == 1_083_320
    assert paid["customer"]["id"] == buyer
    listed = api.get("/v1/charges", {"expand": ["data.payment_intent.customer"], "limit": 1})
    assert listed["data"][0]["payment_intent"]["customer"]["id"] == buyer


TOO_DEEP = "latest_charge.payment_intent.latest_charge.payment_intent.latest_charge"


@pytest.mark.parametrize("path", ["nonsense", "amount", "latest_charge.amount", "data.customer", TOO_DEEP])
def test_what_cannot_be_expanded_is_refused(api: Client, path: str) -> None:
    paid = api.paid()["id"]

    error = api.refused(f"/v1/payment_intents/{paid}", {"expand": [path]}, method="GET")

    assert (error["status"], error["param"]) == (400, "expand")


def test_a_deleted_customer_expands_to_what_is_left(api: Client) -> None:
    buyer = api.post("/v1/customers")["id"]
    paid = api.paid(customer=buyer)["id"]
    api.delete(f"/v1/customers/{buyer}")

    shown = api.get(f"/v1/payment_intents/{paid}", {"expand": ["customer"]})

    assert shown["customer"] == {"id": buyer, "object": "customer", "deleted": True}
