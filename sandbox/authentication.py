"""Keys: which are accepted, and what a publishable one may do."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.errors import forbidden, unauthorized

SHORTEST = 12


@dataclass(frozen=True)
class Key:
    """An accepted API key of the test world."""

    publishable: bool


def read_key(headers: Mapping[str, str], sent: Mapping[str, object]) -> Key:
    """The key of a Bearer or Basic header, or of the `key` parameter that browsers send.

    Raises:
        StripeError: 401 without an acceptable key, 403 with one of the live world's.
    """
    key = _given(headers.get("authorization", "")) or str(sent.get("key", ""))
    if not key:
        raise unauthorized(
            "You did not provide an API key. Send it in the Authorization header, as Bearer sk_test_... ."
        )
    if key.startswith(("sk_live_", "pk_live_", "rk_live_")):
        raise unauthorized("This sandbox takes keys of the test world only; a live key was refused.")
    if key.startswith("pk_test_") and len(key) >= SHORTEST:
        return Key(publishable=True)
    if key.startswith(("sk_test_", "rk_test_")) and len(key) >= SHORTEST:
        return Key(publishable=False)
    raise unauthorized(f"Invalid API Key provided: {_masked(key)}")


def _given(header: str) -> str:
    scheme, _, rest = header.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest, validate=True).decode("ascii").partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


def _masked(key: str) -> str:
    return f"{key[:8]}{'*' * max(len(key) - 12, 4)}{key[-4:]}" if len(key) > 12 else "*" * len(key)


def refuse_publishable() -> None:
    """What only a secret key may do.

    Raises:
        StripeError: always.
    """
    raise forbidden(
        "This operation needs a secret key. A publishable key creates payment methods and confirms a"
        " PaymentIntent whose client_secret it holds.",
        code="secret_key_required",
    )
