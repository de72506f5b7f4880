"""Webhooks: signed, retried until they are taken, and lost, doubled or held when a test says so."""

import time

import pytest

from .client import Client
from .listener import SECRET, Listener, is_signed
from .process import SandboxProcess, wait_until

HAPPY = {"payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "charge.updated"}


def test_a_payment_is_told_in_signed_events_as_stripe_sends_them(api: Client, shop: Listener) -> None:
    paid = api.paid()
    wait_until(lambda: set(shop.types()) >= HAPPY)

    event = shop.heard("payment_intent.succeeded")[0]
    assert event["data"]["object"] == paid
    assert (event["object"], event["livemode"], event["api_version"]) == ("event", False, "2026-10-28.endive")
    assert event["id"].startswith("evt_") and event["request"]["id"].startswith("req_")
    assert "account" not in event
    assert {one["agent"] for one in shop.seen} == {"Stripe/1.0 (+https://stripe.com/docs/webhooks)"}
    assert not is_signed(shop.seen[0], "whsec_somebody_elses_secret")


def test_an_event_carries_the_idempotency_key_of_its_request(api: Client, shop: Listener) -> None:
    api.post("/v1/customers", {"name": "Bo"}, Idempotency_Key="told-with-it")
    wait_until(lambda: shop.heard("customer.created"))

    assert shop.heard("customer.created")[0]["request"]["idempotency_key"] == "told-with-it"


def test_what_was_not_taken_comes_again_with_a_fresh_signature(api: Client, shop: Listener) -> None:
    shop.statuses = [500, 404]
    api.post("/v1/customers")

    wait_until(lambda: len(shop.genuine()) == 3)

    bodies = {one["id"] for one in shop.genuine()}
    times = [int(one["signature"].split(",")[0][2:]) for one in shop.seen]
    assert len(bodies) == 1
    assert times[-1] > times[0]


def test_a_redirect_is_not_followed_but_counts_as_not_taken(api: Client, shop: Listener) -> None:
    shop.location, shop.statuses = shop.url.replace("/hook", "/elsewhere"), [307]
    api.post("/v1/customers")

    wait_until(lambda: len(shop.seen) == 2)

    assert {one["path"] for one in shop.seen} == {"/hook"}


def test_an_endpoint_hears_only_what_it_asked_for(api: Client, listener: Listener) -> None:
    chosen = {"url": listener.url, "secret": SECRET, "connect": False, "enabled_events": ["charge.succeeded"]}
    api.control("PUT", "webhook-endpoints", [chosen])
    api.paid()
    api.paid()

    wait_until(lambda: len(listener.seen) == 2)

    assert set(listener.types()) == {"charge.succeeded"}
    api.control("PUT", "webhook-endpoints", [])


def test_held_events_wait_for_their_release(api: Client, shop: Listener) -> None:
    api.control("PUT", "delivery", {"hold": True})
    api.paid()
    time.sleep(0.5)  # Nothing may come: there is no condition to wait for.
    assert shop.seen == []

    assert api.control("POST", "delivery/release") == {"released": 4}
    wait_until(lambda: set(shop.types()) == HAPPY)

    api.post("/v1/customers")
    time.sleep(0.5)
    assert "customer.created" not in shop.types()
    api.control("DELETE", "delivery")
    wait_until(lambda: shop.heard("customer.created"))


def test_a_dropped_event_never_comes_but_can_be_read(api: Client, shop: Listener) -> None:
    api.control("PUT", "delivery", {"seed": 1, "drop": 1})
    lost = api.post("/v1/customers")
    wait_until(lambda: not _waiting(api))
    api.control("DELETE", "delivery")
    api.post("/v1/customers")
    wait_until(lambda: shop.seen)

    assert lost["id"] not in {event["data"]["object"]["id"] for event in shop.genuine()}
    told = api.get("/v1/events", {"type": "customer.created"})["data"]
    assert lost["id"] in {event["data"]["object"]["id"] for event in told}


def _waiting(api: Client) -> bool:
    """Whether the newest event may still be on its way; one that was dropped stays pending for good."""
    newest = api.get("/v1/events", {"limit": 1})["data"][0]
    return int(time.time()) - newest["created"] < 1


def test_a_doubled_event_comes_twice(api: Client, shop: Listener) -> None:
    api.control("PUT", "delivery", {"duplicate": 1})
    api.post("/v1/customers")

    wait_until(lambda: len(shop.genuine()) == 2)

    assert len({event["id"] for event in shop.genuine()}) == 1


def test_a_spoilt_event_fails_its_signature_and_comes_again_whole(api: Client, shop: Listener) -> None:
    api.control("PUT", "delivery", {"corrupt": 1})
    shop.statuses = [400]
    api.post("/v1/customers")

    wait_until(lambda: len(shop.seen) == 2)

    assert [is_signed(one) for one in shop.seen] == [False, True]


def test_a_delayed_event_comes_later(api: Client, shop: Listener) -> None:
    api.control("PUT", "delivery", {"delay": 1, "delay_ms": 900})
    began = time.monotonic()
    api.post("/v1/customers")

    wait_until(lambda: shop.seen)

    assert time.monotonic() - began >= 0.9


def test_shuffled_events_lose_their_order(api: Client, shop: Listener) -> None:
    api.control("PUT", "delivery", {"seed": 7, "shuffle": True})
    made = [api.post("/v1/customers")["id"] for _ in range(20)]

    wait_until(lambda: len(shop.seen) == 20)

    came = [event["data"]["object"]["id"] for event in shop.genuine()]
    assert sorted(came) == sorted(made)
    assert came != made


def test_a_control_that_is_none_is_refused(api: Client) -> None:
    for body in ({"dropp": 1}, {"drop": 2}, {"hold": 1}, {"delay_ms": -1}, []):
        with pytest.raises(AssertionError, match="delivery controls"):
            api.control("PUT", "delivery", body)


def test_what_waits_goes_on_after_a_kill(fresh: SandboxProcess, listener: Listener) -> None:
    api = Client(fresh.url)
    endpoint = {"url": listener.url, "secret": SECRET, "connect": False, "enabled_events": ["*"]}
    api.control("PUT", "webhook-endpoints", [endpoint])
    api.control("PUT", "delivery", {"hold": True})
    api.paid()
    fresh.kill()
    fresh.start()
    assert listener.seen == []

    api.control("DELETE", "delivery")

    wait_until(lambda: set(listener.types()) == HAPPY)


def test_a_slow_endpoint_does_not_hold_up_the_others(api: Client, shop: Listener) -> None:
    other = Listener()
    slow = {"url": "http://127.0.0.1:9/closed", "secret": SECRET, "connect": False, "enabled_events": ["*"]}
    good = {"url": other.url, "secret": SECRET, "connect": False, "enabled_events": ["*"]}
    api.control("PUT", "webhook-endpoints", [slow, good])

    api.paid()

    wait_until(lambda: set(other.types()) == HAPPY)
    other.close()
