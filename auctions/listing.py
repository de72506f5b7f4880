"""Putting a thing up for sale."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from auctions.models import Auction
from events.recording import record_event
from money.amounts import refuse_too_small
from people.models import User

LONGEST = timedelta(days=365)


class ListingRefused(Exception):
    """The auction cannot be listed so; `field` names what to change."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@transaction.atomic
def list_auction(
    *,
    seller: User,
    title: str,
    category: str,
    currency: str,
    reserve_minor: int | None,
    closes_at: datetime,
    settlement_currencies: Collection[str],
    at: datetime,
) -> Auction:
    """A new, open auction.

    `reserve_minor` counts the currency's smallest unit; None sells to any bid.

    Raises:
        ListingRefused: an empty title, a currency the platform does not settle in, a reserve too small
            to be charged (AmountRefused), or an end that is past or more than a year away.
    """
    if not title.strip() or "\x00" in title + category:
        raise ListingRefused("title", "Give the auction a title.")
    if currency not in settlement_currencies:
        allowed = ", ".join(sorted(settlement_currencies))
        raise ListingRefused("currency", f"Klubba settles in {allowed} only.")
    if not at < closes_at <= at + LONGEST:
        raise ListingRefused("closes_at", "Choose an end within a year from now.")
    if reserve_minor is not None:
        refuse_too_small(reserve_minor, currency)
    auction = Auction.objects.create(
        seller=seller,
        title=title.strip(),
        category=category.strip(),
        currency=currency,
        reserve_minor=reserve_minor,
        closes_at=closes_at,
        created_at=at,
    )
    record_event(
        "auction.listed",
        subject_type="auction",
        subject_id=auction.pk,
        at=at,
        actor_id=seller.pk,
        audience=[seller.pk],
    )
    return auction
