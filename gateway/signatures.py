"""Is a webhook Stripe's, fresh, and of our world."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import stripe

TOLERANCE_SECONDS = 300


class NotGenuine(Exception):
    """The message is not believed; the text names the reason and quotes nothing of it."""


def verify_signature(
    body: bytes, header: str, *, secrets: Sequence[str], livemode: bool, at: datetime
) -> dict[str, Any]:
    """The event in a signed body.

    Signed with one of the secrets at most 300 s before or after `at`, an object, and of our world.

    Raises:
        NotGenuine: anything else, garbage of every kind included.
    """
    _refuse_foreign_signature(body, header, secrets)
    _refuse_other_times(header, at=at)
    try:
        event = json.loads(body)
    except (ValueError, RecursionError) as refused:
        raise NotGenuine("the body is no JSON") from refused
    if not isinstance(event, dict) or event.get("livemode") is not livemode:
        raise NotGenuine("not an event of this world")
    return event


def _refuse_foreign_signature(body: bytes, header: str, secrets: Sequence[str]) -> None:
    """The SDK compares in constant time; on garbage it may raise more than its own error."""
    for secret in secrets:
        try:
            stripe.WebhookSignature.verify_header(body, header, secret)
        except (stripe.SignatureVerificationError, TypeError, ValueError):
            continue
        return
    raise NotGenuine("the signature is not ours")


def _refuse_other_times(header: str, *, at: datetime) -> None:
    """The SDK would accept a time in the future; we accept neither side beyond the tolerance."""
    signed_at = next(int(part[2:]) for part in header.split(",") if part.startswith("t="))
    if abs(int(at.timestamp()) - signed_at) > TOLERANCE_SECONDS:
        raise NotGenuine("signed too long ago, or in the future")
