"""SEC-9 to SEC-12: no token but ours, of its kind, in its time, for a person as they are now."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.test import Client
from django.utils import timezone

from people import tokens
from people.models import RefreshFamily
from people.tokens import ALGORITHM, CLAIMS, issue_tokens
from tests.api.asking import access_of
from tests.cast import Cast

URL = "/api/payments/summary/"


def status_with(token: str) -> int:
    return Client().get(URL, headers={"Authorization": f"Bearer {token}"}).status_code


def parts_of(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2])
    return header, claims


def segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def forged(header: dict[str, Any], claims: dict[str, Any], key: bytes, digest: str = "sha256") -> str:
    signed = f"{segment(header)}.{segment(claims)}"
    signature = hmac.new(key, signed.encode(), getattr(hashlib, digest)).digest()
    return f"{signed}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def our_key() -> bytes:
    return tokens._keys()[0]


def test_our_own_token_lets_in(cast: Cast) -> None:
    header, claims = parts_of(access_of(cast.bo))

    assert status_with(access_of(cast.bo)) == 200
    assert status_with(forged(header, claims, our_key())) == 200
    assert (header["alg"], claims["exp"] - claims["iat"]) == (ALGORITHM, 600)


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", ""])
def test_a_token_without_a_signature_is_nothing(cast: Cast, algorithm: str) -> None:
    header, claims = parts_of(access_of(cast.bo))
    for signature in ("", "e30", access_of(cast.bo).split(".")[2]):
        token = f"{segment(header | {'alg': algorithm})}.{segment(claims)}.{signature}"
        assert status_with(token) == 401


@pytest.mark.parametrize(
    ("changed", "digest"),
    [
        ({"alg": "HS384"}, "sha384"),
        ({"alg": "HS512"}, "sha512"),
        ({"alg": "RS256"}, "sha256"),
        ({"kid": "../../etc/passwd"}, "sha256"),
        ({"kid": "' OR 1=1 --"}, "sha256"),
        ({"kid": ""}, "sha256"),
        ({"kid": None}, "sha256"),
        ({"kid": 1}, "sha256"),
        ({"kid": ["a"]}, "sha256"),
        ({"crit": ["exp"], "b64": False}, "sha256"),
    ],
)
def test_another_algorithm_or_key_id_is_refused_though_the_key_is_ours(
    cast: Cast, changed: dict[str, object], digest: str
) -> None:
    header, claims = parts_of(access_of(cast.bo))

    assert status_with(forged(header | changed, claims, our_key(), digest)) == 401


@pytest.mark.parametrize("name", ["jku", "x5u", "jwk", "x5c"])
def test_a_key_brought_along_in_the_header_is_not_used(cast: Cast, name: str) -> None:
    header, claims = parts_of(access_of(cast.bo))
    theirs = b"k" * 32
    brought = {"kty": "oct", "k": base64.urlsafe_b64encode(theirs).decode()}
    value = brought if name == "jwk" else "https://evil.example/keys.json"

    assert status_with(forged(header | {name: value}, claims, theirs)) == 401


@pytest.mark.parametrize("key", [b"", b"secret", b"klubba", b"\x00" * 32])
def test_a_foreign_key_signs_nothing(cast: Cast, key: bytes) -> None:
    assert status_with(forged(*parts_of(access_of(cast.bo)), key)) == 401


def test_the_site_secret_itself_signs_no_token(cast: Cast, settings) -> None:
    assert status_with(forged(*parts_of(access_of(cast.bo)), settings.SECRET_KEY.encode())) == 401


@pytest.mark.parametrize("claim", CLAIMS)
def test_every_claim_is_required(cast: Cast, claim: str) -> None:
    header, claims = parts_of(access_of(cast.bo))
    del claims[claim]

    assert status_with(forged(header, claims, our_key())) == 401


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "somebody"},
        {"aud": "another-api"},
        {"typ": "refresh"},
        {"typ": None},
        {"sub": "0"},
        {"sub": "x"},
        {"sub": str(2**70)},
        {"ver": 1},
        {"ver": None},
        {"jti": "x"},
        {"exp": "never"},
        {"exp": True},
        {"exp": 1e300},
        {"nbf": 2**40},
        {"iat": 2**40},
    ],
)
def test_a_claim_that_says_otherwise_is_refused(cast: Cast, changed: dict[str, object]) -> None:
    header, claims = parts_of(access_of(cast.bo))

    assert status_with(forged(header, claims | changed, our_key())) == 401


@pytest.mark.parametrize(("age", "status"), [(600 + 25, 200), (600 + 35, 401), (-25, 200), (-35, 401)])
def test_half_a_minute_of_leeway_and_no_more(cast: Cast, age: int, status: int) -> None:
    assert status_with(access_of(cast.bo, at=timezone.now() - timedelta(seconds=age))) == status


def test_a_refresh_token_opens_no_door(cast: Cast) -> None:
    assert status_with(issue_tokens(cast.bo, at=timezone.now()).refresh) == 401


@pytest.mark.parametrize(
    "token", ["", ".", "..", "...", "a.b", "e30.e30.", "é.é.é", "a" * 9000, "null.null.null"]
)
def test_garbage_is_refused_and_breaks_nothing(db: None, token: str) -> None:
    assert status_with(token) == 401


def test_deactivation_and_a_raised_version_end_tokens_at_once(cast: Cast) -> None:
    token = access_of(cast.bo)
    cast.bo.token_version += 1
    cast.bo.save()
    assert status_with(token) == 401

    token = access_of(cast.bo)
    cast.bo.is_active = False
    cast.bo.save()
    assert status_with(token) == 401


def test_a_role_is_read_anew_with_every_request(cast: Cast) -> None:
    token = access_of(cast.bo)
    cast.bo.is_buyer = False
    cast.bo.save()
    answer = Client().get("/api/bids/", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 403


def test_an_old_refresh_token_ends_its_whole_family(cast: Cast) -> None:
    old = issue_tokens(cast.bo, at=timezone.now()).refresh
    url = "/api/auth/token/refresh/"
    new = Client().post(url, {"refresh": old}, content_type="application/json").json()["refresh"]

    for token in (old, new):
        assert Client().post(url, {"refresh": token}, content_type="application/json").status_code == 401
    assert RefreshFamily.objects.get().revoked_at is not None


def test_during_rotation_of_the_secret_both_keys_hold_and_then_one(cast: Cast, settings) -> None:
    token, old = access_of(cast.bo), settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 50, [old]
    assert status_with(token) == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert status_with(token) == 401


def test_a_token_in_a_cookie_the_query_or_the_body_is_not_read(cast: Cast) -> None:
    token, client = access_of(cast.bo), Client()
    for name in ("Authorization", "access", "access_token", "jwt", "token"):
        client.cookies[name] = token
    client.force_login(cast.bo)

    assert client.get(URL, {"access_token": token, "token": token}).status_code == 401
    assert client.post("/api/auctions/", {"access_token": token}).status_code == 401


def test_the_library_is_past_its_known_hole() -> None:
    assert tuple(int(part) for part in jwt.__version__.split(".")[:2]) >= (2, 13)
