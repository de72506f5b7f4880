"""What the buyers have won before the load begins."""

from __future__ import annotations

import random
from datetime import timedelta

from django.utils import timezone

from auctions.models import Auction, Bid
from people.models import User
from tests.chaos.load import LEAST_SEK, MOST_SEK


def win_before(sellers: list[str], buyers: list[str], *, payments: int, seed: int) -> dict[str, list[int]]:
    """So many closed auctions, each with a bid that is to be paid; answers the bids of each buyer."""
    dice, at = random.Random(seed), timezone.now()
    pk_of = dict(User.objects.filter(email__in=[*sellers, *buyers]).values_list("email", "pk"))
    amounts = [dice.randrange(LEAST_SEK * 100, MOST_SEK * 100) for _ in range(payments)]
    auctions = Auction.objects.bulk_create(
        Auction(
            seller_id=pk_of[sellers[turn % len(sellers)]],
            title="Kista, 1780",
            currency="SEK",
            closes_at=at,
            created_at=at,
            status=Auction.Status.CLOSED,
            closed_at=at,
            current_bid_minor=amount,
            bid_count=1,
        )
        for turn, amount in enumerate(amounts)
    )
    bids = Bid.objects.bulk_create(
        Bid(
            auction=auction,
            buyer_id=pk_of[buyers[turn % len(buyers)]],
            amount_minor=auction.current_bid_minor,
            currency=auction.currency,
            status=Bid.Status.WON,
            created_at=at,
            pay_by=at + timedelta(days=2),
        )
        for turn, auction in enumerate(auctions)
    )
    return {email: [bid.pk for bid in bids if bid.buyer_id == pk_of[email]] for email in buyers}
