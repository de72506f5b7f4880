"""The first answer to a key is the answer to it, whatever it was."""

import hashlib
import json
import time
from dataclasses import dataclass
from typing import Any

from sandbox.errors import StripeError
from sandbox.store import Store

LONGEST = 255


@dataclass(frozen=True)
class Saved:
    """An answer that was given under a key."""

    status: int
    body: str
    request_id: str


def digest_of(method: str, path: str, sent: dict[str, Any]) -> str:
    """A fingerprint of what a call asks for."""
    told = json.dumps([method, path, sent], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()


def check_key(key: str) -> None:
    """Refuse a key that is empty or too long."""
    if not 0 < len(key) <= LONGEST:
        message = f"Idempotency keys have between 1 and {LONGEST} characters."
        raise StripeError(message, validation=True)


def in_use(key: str) -> StripeError:
    """409: another call with this key has not been answered yet."""
    return StripeError(
        f"A request with the idempotency key '{key}' is in progress. Try again when it has been answered.",
        status=409,
        kind="idempotency_error",
        code="idempotency_key_in_use",
        validation=True,
    )


def find_saved(store: Store, *, account: str, key: str, route: str, digest: str) -> Saved | None:
    """The answer to repeat, if the key is known.

    Raises:
        StripeError: the key is known, but for another address or other parameters.
    """
    row = store.execute(
        "SELECT route, digest, status, body, request_id FROM idempotency WHERE account = ? AND key = ?",
        (account, key),
    ).fetchone()
    if row is None:
        return None
    if row[0] != route:
        raise _differs(key, f"It was used first for {row[0]}.")
    if row[1] != digest:
        raise _differs(key, "It was used first with other parameters.")
    return Saved(status=row[2], body=row[3], request_id=row[4])


def _differs(key: str, why: str) -> StripeError:
    message = f"The idempotency key '{key}' cannot be used for this request. {why} Use another key."
    return StripeError(message, kind="idempotency_error", validation=True)


def save(
    store: Store,
    *,
    account: str,
    key: str,
    route: str,
    digest: str,
    status: int,
    body: str,
    request_id: str,
) -> None:
    """Remember the answer, in the transaction of what it answers."""
    store.execute(
        "INSERT INTO idempotency (account, key, route, digest, status, body, request_id, saved_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (account, key, route, digest, status, body, request_id, time.time()),
    )


def prune(store: Store, *, older_than_seconds: int) -> int:
    """Forget the keys of that age and older; how many there were."""
    return store.execute(
        "DELETE FROM idempotency WHERE saved_at <= ?", (time.time() - older_than_seconds,)
    ).rowcount
