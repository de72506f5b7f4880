"""Reading auctions and bids."""

from collections.abc import Collection

from django.db.models import Prefetch, QuerySet

from auctions.models import Auction, Bid
from people.models import User

WINNING = (Bid.Status.WON, Bid.Status.PAID)


def all_auctions() -> QuerySet[Auction]:
    """Every auction, newest first, with its winning bid as `winning_bids`, a list of none or one."""
    winning = Prefetch("bids", Bid.objects.filter(status__in=WINNING), to_attr="winning_bids")
    return Auction.objects.select_related("seller").prefetch_related(winning).order_by("-pk")


def bids_of(buyer: User, *, statuses: Collection[str] = ()) -> QuerySet[Bid]:
    """A buyer's own bids, newest first; `statuses` are alternatives, none means all."""
    rows = Bid.objects.filter(buyer=buyer).select_related("auction__seller").order_by("-pk")
    return rows.filter(status__in=statuses) if statuses else rows
