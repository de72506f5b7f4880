"""What the pages of our money list: our own payouts, movements without a name, differences from Stripe."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from tests.cast import Cast
from treasury.models import BalanceTransaction, Break, PlatformPayout


def a_draw(cast: Cast, *, reason: str = "") -> None:
    at = timezone.now()
    PlatformPayout.objects.create(
        amount_minor=1,
        currency="SEK",
        state="refused",
        reason=reason,
        asked_by=cast.olga,
        created_at=at,
        updated_at=at,
    )


def a_movement() -> None:
    at = timezone.now()
    BalanceTransaction.objects.create(
        stripe_id=f"txn_{uuid4()}",
        type="adjustment",
        currency="SEK",
        amount_minor=-1,
        fee_minor=0,
        net_minor=-1,
        available_at=at,
        created_at=at,
        kept_at=at,
    )


def a_difference(**changed: object) -> Break:
    """A movement of ours that stands unknown for three hours, unless told otherwise."""
    at = timezone.now()
    told = {
        "kind": "unknown",
        "object_type": "movement",
        "object_id": f"txn_{uuid4()}",
        "currency": "SEK",
        "expected_minor": 0,
        "found_minor": -5_000,
        "first_seen_at": at - timedelta(hours=3, minutes=1),
        "last_seen_at": at,
    }
    return Break.objects.create(**(told | changed))
