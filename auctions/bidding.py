"""Placing a bid. The auction's row is the lock: bids on one auction stand in one line."""

from datetime import datetime

from django.db import transaction

from auctions.models import Auction, Bid
from events.recording import record_event
from money.amounts import format_minor, refuse_too_small
from money.currencies import LARGEST_CHARGE_MINOR
from people.models import User


class BidRefused(Exception):
    """The bid does not stand. `code` is for machines, the message for the bidder."""

    code = "bid_refused"


class OwnAuction(BidRefused):
    code = "own_auction"


class AuctionClosed(BidRefused):
    code = "auction_closed"


class BidTooLow(BidRefused):
    code = "bid_too_low"


class BidTooHigh(BidRefused):
    code = "bid_too_high"


class WrongCurrency(BidRefused):
    code = "wrong_currency"


@transaction.atomic
def place_bid(auction: Auction, *, buyer: User, amount_minor: int, currency: str, at: datetime) -> Bid:
    """A new highest bid; the one before it is outbid.

    `amount_minor` counts the currency's smallest unit.

    Raises:
        OwnAuction, AuctionClosed, WrongCurrency, BidTooLow, BidTooHigh: as their names say.
        AmountRefused: below the currency's smallest charge.
    """
    auction = Auction.objects.select_for_update().get(pk=auction.pk)
    _refuse(auction, buyer, amount_minor, currency, at=at)
    auction.bids.filter(status=Bid.Status.ACTIVE).update(status=Bid.Status.OUTBID)
    bid = Bid.objects.create(
        auction=auction, buyer=buyer, amount_minor=amount_minor, currency=currency, created_at=at
    )
    auction.current_bid_minor = amount_minor
    auction.bid_count += 1
    auction.save(update_fields=["current_bid_minor", "bid_count"])
    record_event(
        "bid.placed",
        subject_type="auction",
        subject_id=auction.pk,
        at=at,
        actor_id=buyer.pk,
        audience=[buyer.pk, auction.seller_id],
        details={"amount_minor": amount_minor, "currency": currency},
    )
    return bid


def _refuse(auction: Auction, buyer: User, amount_minor: int, currency: str, *, at: datetime) -> None:
    if auction.seller_id == buyer.pk:
        raise OwnAuction("You cannot bid on your own auction.")
    if auction.status != Auction.Status.OPEN or auction.closes_at <= at:
        raise AuctionClosed("This auction is closed.")
    if currency != auction.currency:
        raise WrongCurrency(f"Bids on this auction are in {auction.currency}.")
    refuse_too_small(amount_minor, currency)
    if amount_minor > LARGEST_CHARGE_MINOR:
        largest = format_minor(LARGEST_CHARGE_MINOR, currency)
        raise BidTooHigh(f"The largest amount that can be charged is {largest} {currency}.")
    if auction.current_bid_minor is not None and amount_minor <= auction.current_bid_minor:
        current = format_minor(auction.current_bid_minor, currency)
        raise BidTooLow(f"The highest bid is {current} {currency}. Bid more than that.")
