"""What the buyers have won before the load begins."""

from __future__ import annotations

import random

from django.utils import timezone

from config.seeding import Win, win_auctions
from people.models import User
from tests.chaos.load import LEAST_SEK, MOST_SEK


def win_before(sellers: list[str], buyers: list[str], *, payments: int, seed: int) -> dict[str, list[int]]:
    """So many closed auctions, each with a bid that is to be paid; answers the bids of each buyer."""
    dice, at = random.Random(seed), timezone.now()
    pk_of = dict(User.objects.filter(email__in=[*sellers, *buyers]).values_list("email", "pk"))
    wins = [
        Win(
            seller_id=pk_of[sellers[turn % len(sellers)]],
            buyer_id=pk_of[buyers[turn % len(buyers)]],
            title="Kista, 1780",
            amount_minor=dice.randrange(LEAST_SEK * 100, MOST_SEK * 100),
        )
        for turn in range(payments)
    ]
    bids = win_auctions(wins, at=at)
    return {email: [bid.pk for bid in bids if bid.buyer_id == pk_of[email]] for email in buyers}
