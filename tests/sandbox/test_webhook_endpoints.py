"""The API's own webhook endpoints, beside those a control names."""

import time

import pytest

from .client import Client
from .listener import SECRET, Listener
from .process import wait_until


def made(api: Client, listener: Listener, **fields: object) -> dict[str, str]:
    sent = {"url": listener.url, "enabled_events": ["customer.created"], **fields}
    answer: dict[str, str] = api.post("/v1/webhook_endpoints", sent)
    return answer


def test_the_secret_is_shown_once_and_signs_what_comes(api: Client, listener: Listener) -> None:
    endpoint = made(api, listener)
    api.post("/v1/customers")

    wait_until(lambda: listener.seen)

    assert endpoint["secret"].startswith("whsec_")
    assert len(listener.genuine(secret=endpoint["secret"])) == 1
    assert "secret" not in api.get(f"/v1/webhook_endpoints/{endpoint['id']}")
    assert all("secret" not in one for one in api.get("/v1/webhook_endpoints")["data"])
    api.delete(f"/v1/webhook_endpoints/{endpoint['id']}")


def test_both_kinds_of_endpoint_are_told_each_with_its_own_secret(api: Client, shop: Listener) -> None:
    endpoint = made(api, shop, enabled_events=["*"])
    api.post("/v1/customers")

    wait_until(lambda: len(shop.seen) == 2)

    assert len(shop.genuine()) == len(shop.genuine(secret=endpoint["secret"])) == 1
    api.delete(f"/v1/webhook_endpoints/{endpoint['id']}")


def test_a_disabled_endpoint_is_not_told_until_it_is_enabled(api: Client, listener: Listener) -> None:
    endpoint = made(api, listener)["id"]
    path = f"/v1/webhook_endpoints/{endpoint}"
    assert api.post(path, {"disabled": True})["status"] == "disabled"
    api.post("/v1/customers", {"name": "unheard"})
    assert api.post(path, {"disabled": False})["status"] == "enabled"
    api.post("/v1/customers", {"name": "heard"})

    wait_until(lambda: listener.seen)
    time.sleep(0.3)  # The unheard one must not follow.

    assert [b'"heard"' in one["body"] for one in listener.seen] == [True]
    api.delete(path)


def test_a_deleted_endpoint_is_gone_and_what_waited_for_it_too(api: Client, listener: Listener) -> None:
    endpoint = made(api, listener)["id"]
    api.control("PUT", "delivery", {"hold": True})
    api.post("/v1/customers")

    gone = api.delete(f"/v1/webhook_endpoints/{endpoint}")
    api.control("DELETE", "delivery")
    time.sleep(0.3)  # Nothing may come.

    assert gone == {"id": endpoint, "object": "webhook_endpoint", "deleted": True}
    assert listener.seen == []
    assert api.refused(f"/v1/webhook_endpoints/{endpoint}", method="GET")["status"] == 404


def test_a_connect_endpoint_does_not_hear_the_platforms_own_events(api: Client, listener: Listener) -> None:
    connect, own = made(api, listener, connect=True), made(api, listener, connect=False)
    api.post("/v1/customers")

    wait_until(lambda: listener.seen)
    time.sleep(0.3)  # A second delivery must not follow.

    assert len(listener.seen) == len(listener.genuine(secret=own["secret"])) == 1
    for endpoint in (connect, own):
        api.delete(f"/v1/webhook_endpoints/{endpoint['id']}")


def test_an_endpoint_is_told_events_in_the_contracts_version_only(api: Client, listener: Listener) -> None:
    endpoint = made(api, listener, api_version="2026-10-28.endive")
    assert endpoint["api_version"] == "2026-10-28.endive"
    api.delete(f"/v1/webhook_endpoints/{endpoint['id']}")

    sent = {"url": listener.url, "enabled_events": ["*"], "api_version": "2023-08-16"}
    assert api.refused("/v1/webhook_endpoints", sent)["param"] == "api_version"


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"enabled_events": ["*"]}, "url"),
        ({"url": "http://127.0.0.1:9/"}, "enabled_events"),
        ({"url": "nonsense", "enabled_events": ["*"]}, "url"),
        ({"url": "http://127.0.0.1:9/", "enabled_events": ["no.such.event"]}, "enabled_events[0]"),
    ],
)
def test_an_endpoint_needs_an_address_and_events_that_exist(
    api: Client, fields: dict[str, object], param: str
) -> None:
    assert api.refused("/v1/webhook_endpoints", fields)["param"] == param


@pytest.mark.parametrize(
    "body", [{}, [{"url": "http://127.0.0.1:9/"}], [{"secret": SECRET}], ["text"], [{"urll": 1}]]
)
def test_the_control_refuses_what_is_no_list_of_endpoints(api: Client, body: object) -> None:
    with pytest.raises(AssertionError, match=r"needed|needs|no urll"):
        api.control("PUT", "webhook-endpoints", body)
