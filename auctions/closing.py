"""The fall of the gavel: by time, or by the seller."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from auctions.models import Auction, Bid
from events.recording import record_event
from people.models import User

TIME_TO_PAY = timedelta(hours=48)


class NotYetDue(Exception):
    """The auction's time is not up, and no seller asked."""


@transaction.atomic
def close_auction(auction: Auction, *, at: datetime, by: User | None = None) -> Auction:
    """Close the auction; the highest bid at or above the reserve, the earliest of equals, has won.

    Again is the same auction, unchanged. `by` is the seller who closes it before its time.

    Raises:
        NotYetDue: without `by`, before `closes_at`.
    """
    auction = Auction.objects.select_for_update().get(pk=auction.pk)
    if auction.status == Auction.Status.CLOSED:
        return auction
    if by is None and auction.closes_at > at:
        raise NotYetDue(f"{auction.pk} closes at {auction.closes_at}")
    auction.status, auction.closed_at, auction.closed_by = Auction.Status.CLOSED, at, by
    auction.save(update_fields=["status", "closed_at", "closed_by"])
    winner = _pick_winner(auction)
    _settle_bids(auction, winner, at=at)
    record_event(
        "auction.closed",
        subject_type="auction",
        subject_id=auction.pk,
        at=at,
        actor_id=by.pk if by else None,
        audience=[auction.seller_id, *([winner.buyer_id] if winner else [])],
        details={"winning_bid_id": winner.pk if winner else None},
    )
    return auction


def close_due_auctions(*, limit: int, at: datetime) -> int:
    """Close up to `limit` auctions whose time is up; answers how many."""
    due = Auction.objects.filter(status=Auction.Status.OPEN, closes_at__lte=at).order_by("closes_at")[:limit]
    return len([close_auction(auction, at=at) for auction in due])


def _pick_winner(auction: Auction) -> Bid | None:
    high_enough = Q(amount_minor__gte=auction.reserve_minor) if auction.reserve_minor else Q()
    return auction.bids.filter(high_enough).order_by("-amount_minor", "id").first()


def _settle_bids(auction: Auction, winner: Bid | None, *, at: datetime) -> None:
    """Everybody else has lost before the winner has won: the database allows one highest bid."""
    lost = auction.bids.exclude(pk=winner.pk) if winner else auction.bids.all()
    lost.update(status=Bid.Status.LOST)
    if winner is not None:
        Bid.objects.filter(pk=winner.pk).update(status=Bid.Status.WON, pay_by=at + TIME_TO_PAY)
