"""What the money page lists: our own payouts, and movements that nobody has named."""

from __future__ import annotations

from uuid import uuid4

from django.utils import timezone

from tests.cast import Cast
from treasury.models import BalanceTransaction, PlatformPayout


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
