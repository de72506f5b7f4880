"""What a payment does to the winning bid."""

from datetime import datetime

from auctions.models import Bid


def mark_bids_paid(bid_ids: list[int], *, at: datetime) -> int:
    """WON -> PAID for each, in one statement; answers how many it was true for."""
    won = Bid.objects.filter(pk__any_of=bid_ids, status=Bid.Status.WON)
    return won.update(status=Bid.Status.PAID, paid_at=at)


def expire_win(bid: Bid, *, at: datetime) -> bool:
    """WON -> EXPIRED, once its time to pay has passed. True only for the one caller that made it happen."""
    won = Bid.objects.filter(pk=bid.pk, status=Bid.Status.WON, pay_by__lte=at)
    return won.update(status=Bid.Status.EXPIRED) == 1


def mark_bid_paid(bid: Bid, *, at: datetime) -> bool:
    """WON -> PAID. True only for the one caller that made it happen."""
    return mark_bids_paid([bid.pk], at=at) == 1
