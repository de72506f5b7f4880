"""SEC-13 to SEC-17: what is not Stripe's, fresh and of our world is neither believed nor kept."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time

import pytest
from django.test import Client
from django.urls import get_resolver

from inbox.models import Message
from tests.cast import event_of
from tests.house.test_addresses import addresses_under

URL = "/api/payments/webhooks/stripe/"
SECRET, OTHER = "whsec_of_the_platform", "whsec_of_connected_ones"
BODY = json.dumps(event_of("price.updated", {"id": "price_1"}, event_id="evt_1")).encode()


@pytest.fixture(autouse=True)
def secrets(settings, db: None) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = (SECRET,)
    settings.STRIPE_CONNECT_WEBHOOK_SECRETS = (OTHER,)


def mac(body: bytes = BODY, *, secret: str = SECRET, at: int = 0) -> str:
    return hmac.new(secret.encode(), str(at or now()).encode() + b"." + body, hashlib.sha256).hexdigest()


def now() -> int:
    return int(time.time())


def post(header: str | None, body: bytes = BODY) -> int:
    headers = {} if header is None else {"Stripe-Signature": header}
    return Client().post(URL, body, content_type="application/json", headers=headers).status_code


FORGERIES = {
    "no header": lambda: None,
    "empty": lambda: "",
    "no signature": lambda: f"t={now()}",
    "no time": lambda: f"v1={mac()}",
    "old scheme only": lambda: f"t={now()},v0={mac()}",
    "unknown scheme only": lambda: f"t={now()},v2={mac()}",
    "truncated": lambda: f"t={now()},v1={mac()[:-1]}",
    "one digit other": lambda: f"t={now()},v1={mac()[:-1]}{'0' if mac()[-1] != '0' else '1'}",
    "another secret": lambda: f"t={now()},v1={mac(secret='whsec_guess')}",
    "the other address's secret": lambda: f"t={now()},v1={mac(secret=OTHER)}",
    "an empty secret": lambda: f"t={now()},v1={mac(secret='')}",
    "of another body": lambda: f"t={now()},v1={mac(b'{}')}",
    "of another time": lambda: f"t={now()},v1={mac(at=now() - 1)}",
    "an hour old": lambda: f"t={now() - 3600},v1={mac(at=now() - 3600)}",
    "an hour ahead": lambda: f"t={now() + 3600},v1={mac(at=now() + 3600)}",
    "two times, one fresh": lambda: f"t={now() - 3600},t={now()},v1={mac(at=now() - 3600)}",
    "time no number": lambda: f"t=x,v1={mac()}",
    "negative time": lambda: f"t=-1,v1={mac(at=-1)}",
    "spaces": lambda: f" t = {now()} , v1 = {mac()} ",
    "not latin": lambda: f"t={now()},v1=é",
    "very long": lambda: "v1=" + "a" * 50_000,
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_message_is_400_and_is_not_kept(forgery: str) -> None:
    assert post(FORGERIES[forgery]()) == 400
    assert not Message.objects.exists()


def test_the_same_made_rightly_is_kept_so_the_forgeries_fail_for_their_reason() -> None:
    assert post(f"t={now()},v1={mac()}") == 200
    assert Message.objects.count() == 1


def test_one_right_signature_among_wrong_ones_is_enough_as_stripe_says() -> None:
    assert post(f"t={now()},v1={'0' * 64},v1={mac()},v0=x") == 200


@pytest.mark.parametrize("changed", [{"livemode": True}, {"livemode": None}, {"id": 1}, {"type": None}])
def test_a_signed_event_that_is_not_of_our_world_is_not_kept(changed: dict[str, object]) -> None:
    body = json.dumps(json.loads(BODY) | changed).encode()

    assert post(f"t={now()},v1={mac(body)}", body) == 400
    assert not Message.objects.exists()


def test_a_replay_within_the_tolerance_changes_nothing() -> None:
    header = f"t={now()},v1={mac()}"

    assert [post(header) for _ in range(3)] == [200, 200, 200]
    assert Message.objects.count() == 1


def test_more_than_256_kb_is_not_read_further() -> None:
    body = BODY + b" " * (256 * 1024)

    assert post(f"t={now()},v1={mac(body)}", body) == 413
    assert not Message.objects.exists()


def test_nothing_but_the_api_is_exempt_from_the_csrf_check() -> None:
    """What reads no cookie may be: API and metrics take a token from a header only, webhooks a signature,
    and a letter's link is the proof itself."""
    resolver = get_resolver()
    exempt = set()
    for address in addresses_under(resolver):
        path = re.sub(r"<uuid[^>]*>", "00000000-0000-0000-0000-000000000000", address)
        path = re.sub(r"<[^>]*>", "1", path)
        if getattr(resolver.resolve(path).func, "csrf_exempt", False):
            exempt.add(address)

    assert {address for address in exempt if not address.startswith("/api/")} == {
        "/metrics",
        "/letters/stop/<str:token>/",
    }
    assert {"/api/payments/webhooks/stripe/", "/api/auctions/"} <= exempt
