"""Auctions: who may bid what, who wins, and that a crowd stands in one line."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connections, transaction

from auctions.bidding import AuctionClosed, BidRefused, BidTooLow, OwnAuction, WrongCurrency, place_bid
from auctions.closing import NotYetDue, close_auction, close_due_auctions
from auctions.listing import ListingRefused, list_auction
from auctions.models import Auction, Bid
from events.models import Event
from money.amounts import AmountRefused
from tests.cast import NOON, Cast, an_auction

ONE_DAY = timedelta(days=1)


def bid(auction: Auction, buyer, amount_minor: int, *, currency: str = "SEK", at=NOON) -> Bid:
    return place_bid(auction, buyer=buyer, amount_minor=amount_minor, currency=currency, at=at)


def test_a_higher_bid_outbids_the_one_before(cast: Cast) -> None:
    auction = an_auction(cast.saga)
    first = bid(auction, cast.bo, 100_000)
    second = bid(auction, cast.mallory, 100_001)

    first.refresh_from_db()
    auction.refresh_from_db()
    assert (first.status, second.status) == ("outbid", "active")
    assert (auction.current_bid_minor, auction.bid_count) == (100_001, 2)


def test_what_may_not_be_bid_is_refused_with_a_sentence(cast: Cast) -> None:
    auction = an_auction(cast.saga)
    bid(auction, cast.bo, 100_000)

    for refusal, offer in [
        (OwnAuction, lambda: bid(auction, cast.saga, 200_000)),
        (BidTooLow, lambda: bid(auction, cast.mallory, 100_000)),
        (BidTooLow, lambda: bid(auction, cast.mallory, 99_999)),
        (WrongCurrency, lambda: bid(auction, cast.mallory, 200_000, currency="EUR")),
        (AuctionClosed, lambda: bid(auction, cast.mallory, 200_000, at=NOON + ONE_DAY)),
        (AmountRefused, lambda: bid(an_auction(cast.saga), cast.bo, 299)),
        (BidRefused, lambda: bid(auction, cast.mallory, 100_000_000)),
    ]:
        with pytest.raises(refusal, match=r"\.$"):
            offer()
    assert Bid.objects.count() == 1
    assert bid(auction, cast.mallory, 99_999_999).status == "active"


def test_after_closing_nobody_bids(cast: Cast) -> None:
    auction = an_auction(cast.saga)
    close_auction(auction, at=NOON, by=cast.saga)

    with pytest.raises(AuctionClosed):
        bid(auction, cast.bo, 900_000)


def test_the_highest_bid_at_or_above_the_reserve_wins_and_has_48_hours(cast: Cast) -> None:
    auction = an_auction(cast.saga, reserve_minor=500_000)
    lower = [bid(auction, cast.mallory, amount_minor) for amount_minor in (400_000, 500_000, 500_001)]
    highest = bid(auction, cast.bo, 500_002)

    close_auction(auction, at=NOON, by=cast.saga)

    highest.refresh_from_db()
    assert (highest.status, highest.pay_by) == ("won", NOON + timedelta(hours=48))
    assert {Bid.objects.get(pk=bid.pk).status for bid in lower} == {"lost"}


def test_a_bid_of_just_the_reserve_wins(cast: Cast) -> None:
    auction = an_auction(cast.saga, reserve_minor=500_000)
    bid(auction, cast.bo, 500_000)

    close_auction(auction, at=NOON, by=cast.saga)

    assert Bid.objects.get().status == "won"


def test_below_the_reserve_nobody_wins(cast: Cast) -> None:
    auction = an_auction(cast.saga, reserve_minor=500_001)
    bid(auction, cast.bo, 500_000)

    close_auction(auction, at=NOON, by=cast.saga)

    assert Bid.objects.get().status == "lost"


def test_of_equals_the_earlier_wins(cast: Cast) -> None:
    auction = an_auction(cast.saga)
    first, second = [
        Bid.objects.create(
            auction=auction,
            buyer=buyer,
            amount_minor=900_000,
            currency="SEK",
            status="outbid",
            created_at=NOON,
        )
        for buyer in (cast.mallory, cast.bo)
    ]

    close_auction(auction, at=NOON, by=cast.saga)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == ("won", "lost")


def test_closed_again_it_is_the_same(cast: Cast) -> None:
    auction = an_auction(cast.saga)
    bid(auction, cast.bo, 900_000)

    first = close_auction(auction, at=NOON, by=cast.saga)
    again = close_auction(auction, at=NOON + ONE_DAY)

    assert again.closed_at == first.closed_at == NOON
    assert again.closed_by == first.closed_by == cast.saga
    assert Event.objects.filter(kind="auction.closed").count() == 1


def test_time_closes_what_is_due_and_nothing_else(cast: Cast) -> None:
    due, later = an_auction(cast.saga), an_auction(cast.saga, at=NOON + ONE_DAY)
    bid(due, cast.bo, 900_000)

    with pytest.raises(NotYetDue):
        close_auction(later, at=NOON + ONE_DAY)
    assert close_due_auctions(limit=10, at=NOON + ONE_DAY) == 1
    assert close_due_auctions(limit=10, at=NOON + ONE_DAY) == 0
    later.refresh_from_db()
    due.refresh_from_db()
    assert (later.status, later.closed_by, due.closed_by) == ("open", None, None)
    assert Bid.objects.get().status == "won"


def test_a_set_is_bounded(cast: Cast) -> None:
    for _ in range(3):
        an_auction(cast.saga)

    assert close_due_auctions(limit=2, at=NOON + ONE_DAY) == 2
    assert Auction.objects.filter(status="open").count() == 1


def test_the_database_lets_nobody_but_the_seller_close(cast: Cast) -> None:
    auction = close_auction(an_auction(cast.saga), at=NOON, by=cast.saga)

    for changed in ({"closed_by": cast.mallory}, {"status": "open", "closed_at": None}):
        with pytest.raises(IntegrityError, match="closed_by_its_seller"), transaction.atomic():
            Auction.objects.filter(pk=auction.pk).update(**changed)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"title": "  "}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"currency": "NOK"}, "currency"),
        ({"closes_at": NOON}, "closes_at"),
        ({"closes_at": NOON + timedelta(days=400)}, "closes_at"),
    ],
)
def test_a_listing_that_cannot_be_is_refused_by_its_field(
    cast: Cast, changed: dict[str, object], field: str
) -> None:
    listing = {
        "title": "Kista",
        "category": "",
        "currency": "SEK",
        "reserve_minor": None,
        "closes_at": NOON + ONE_DAY,
    }

    with pytest.raises(ListingRefused) as refused:
        list_auction(seller=cast.saga, settlement_currencies={"SEK"}, at=NOON, **(listing | changed))
    assert refused.value.field == field


def test_a_crowd_of_bids_stands_in_one_line(own_cast: Cast) -> None:
    auction = an_auction(own_cast.saga)
    amounts = [500_000 + 100 * step for step in range(40)]
    random.Random(7).shuffle(amounts)
    start = threading.Barrier(40)

    def offer(amount_minor: int) -> bool:
        start.wait()
        try:
            bid(auction, own_cast.bo, amount_minor)
        except BidTooLow:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(40) as threads:
        accepted = list(threads.map(offer, amounts))

    stands = list(Bid.objects.order_by("id").values_list("amount_minor", flat=True))
    auction.refresh_from_db()
    assert stands == sorted(stands)
    assert len(stands) == accepted.count(True) == auction.bid_count
    assert auction.current_bid_minor == max(amounts)
    assert Bid.objects.get(status="active").amount_minor == max(amounts)


def test_the_gavel_waits_for_a_bid_that_is_being_placed(own_cast: Cast) -> None:
    auction = an_auction(own_cast.saga)
    bid(auction, own_cast.bo, 900_000)

    def close() -> None:
        try:
            close_auction(auction, at=NOON, by=own_cast.saga)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            bid(auction, own_cast.mallory, 950_000)
            closed = threads.submit(close)
            time.sleep(0.5)
        closed.result()

    assert Bid.objects.get(status="won").amount_minor == 950_000
    assert Bid.objects.get(status="lost").amount_minor == 900_000


def test_of_two_gavels_at_once_one_falls(own_cast: Cast) -> None:
    auction = an_auction(own_cast.saga)

    def close() -> None:
        try:
            close_auction(auction, at=NOON + ONE_DAY)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            close_auction(auction, at=NOON, by=own_cast.saga)
            second = threads.submit(close)
            time.sleep(0.5)
        second.result()
    assert Auction.objects.get().closed_at == NOON
    assert Event.objects.filter(kind="auction.closed").count() == 1
