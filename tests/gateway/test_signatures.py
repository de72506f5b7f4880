"""Only what Stripe signed, lately, for our world, is believed."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from gateway.signatures import NotGenuine, verify_signature
from tests.cast import NOON

SECRET, OLD_SECRET = "whsec_of_the_platform_now", "whsec_of_the_platform_before"
EVENT = json.dumps({"id": "evt_1", "type": "a.b", "livemode": False, "title": "Kista à 1780"}).encode()


def sign(body: bytes = EVENT, *, secret: str = SECRET, at=NOON) -> str:
    """The header that the SDK itself would make."""
    return stripe.WebhookSignature.generate_signature_header(body.decode(), secret, int(at.timestamp()))


def verify(body: bytes = EVENT, header: str | None = None, *, livemode: bool = False) -> dict:
    header = sign(body) if header is None else header
    return verify_signature(body, header, secrets=(SECRET, OLD_SECRET), livemode=livemode, at=NOON)


def test_a_signed_event_is_read() -> None:
    assert verify()["id"] == "evt_1"


def test_during_rotation_both_secrets_hold() -> None:
    assert verify(header=sign(secret=OLD_SECRET))["id"] == "evt_1"


@pytest.mark.parametrize("seconds", [-300, 300])
def test_five_minutes_either_way_are_fresh(seconds: int) -> None:
    assert verify(header=sign(at=NOON + timedelta(seconds=seconds)))


@pytest.mark.parametrize("seconds", [-301, 301, -86_400, 3_600])
def test_older_and_later_are_refused(seconds: int) -> None:
    with pytest.raises(NotGenuine, match="too long ago, or in the future"):
        verify(header=sign(at=NOON + timedelta(seconds=seconds)))


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=1,v1=",
        "t=,v1=abc",
        "v1=abc",
        f"t={int(NOON.timestamp())}",
        "garbage",
        "=,=,=",
        "t=9" * 300,
        sign(secret="whsec_of_somebody_else"),
        sign().replace("v1=", "v0="),
        sign()[:-1],
        sign() + "é",
        "t=１,v1=" + "a" * 64,
    ],
)
def test_a_foreign_or_broken_signature_is_refused(header: str) -> None:
    with pytest.raises(NotGenuine):
        verify(header=header)


def test_a_changed_body_is_refused() -> None:
    with pytest.raises(NotGenuine):
        verify(EVENT.replace(b"1780", b"1781"), sign())


@pytest.mark.parametrize(
    "body", [b"null", b"[]", b'"text"', b"1", b"{", b"", b"[" * 100_000, b'{"livemode": 0}']
)
def test_a_signed_body_that_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(NotGenuine):
        verify(body)


@pytest.mark.parametrize("livemode", [True, None, "false"])
def test_an_event_of_another_world_is_refused(livemode: object) -> None:
    body = json.dumps({"id": "evt_1", "livemode": livemode}).encode()

    with pytest.raises(NotGenuine, match="this world"):
        verify(body)


def test_without_a_secret_nothing_is_genuine() -> None:
    with pytest.raises(NotGenuine):
        verify_signature(EVENT, sign(), secrets=(), livemode=False, at=NOON)


@given(body=st.binary(max_size=200), header=st.text(max_size=120))
def test_arbitrary_bytes_are_refused_and_never_break_it(body: bytes, header: str) -> None:
    with pytest.raises(NotGenuine):
        verify(body, header)
