"""Selling and bidding over HTTP."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from auctions.models import Auction, Bid
from tests.api.asking import Asking, refused
from tests.cast import Cast, a_won_bid, an_auction

AUCTIONS = "/api/auctions/"


def listing(**changed: object) -> dict[str, object]:
    closes_at = (timezone.now() + timedelta(days=1)).isoformat()
    return {"title": "Kista", "currency": "SEK", "reserve_price": "5000.00", "closes_at": closes_at} | changed


@pytest.fixture
def auction(cast: Cast) -> Auction:
    return an_auction(cast.saga, at=timezone.now())


def bids_url(auction: Auction) -> str:
    return f"{AUCTIONS}{auction.pk}/bids/"


def test_a_seller_lists_an_auction(saga: Asking, cast: Cast) -> None:
    answer = saga.post(AUCTIONS, listing())
    told = answer.json()

    assert answer.status_code == 201
    assert (told["title"], told["category"], told["currency"]) == ("Kista", None, "SEK")
    assert (told["reserve_price"], told["current_bid"], told["bid_count"]) == ("5000.00", None, 0)
    assert (told["status"], told["seller_id"], told["winning_bid"]) == ("open", cast.saga.pk, None)


def test_the_reserve_is_its_sellers_secret(saga: Asking, bo: Asking, olga: Asking, auction: Auction) -> None:
    for path in (AUCTIONS, f"{AUCTIONS}{auction.pk}/"):
        for asking, shown in ((saga, "5000.00"), (bo, None), (olga, None)):
            told = asking.get(path).json()
            assert (told[0] if isinstance(told, list) else told)["reserve_price"] == shown


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": "a\x00"}, "title"),
        ({"category": "x" * 61}, "category"),
        ({"currency": "sek"}, "currency"),
        ({"currency": "EUR"}, "currency"),
        ({"reserve_price": 5000}, "reserve_price"),
        ({"reserve_price": ""}, "reserve_price"),
        ({"reserve_price": " "}, "reserve_price"),
        ({"reserve_price": "5000,00"}, "reserve_price"),
        ({"reserve_price": "1.00"}, "reserve_price"),
        ({"reserve_price": "9999999999999999.99"}, "reserve_price"),
        ({"closes_at": "2026-11-24"}, "closes_at"),
        ({"closes_at": "2026-11-24T11:00:00"}, "closes_at"),
        ({"closes_at": 1_800_000_000}, "closes_at"),
        ({"closes_at": "2001-01-01T00:00:00Z"}, "closes_at"),
        ({"status": "closed"}, "status"),
        ({"seller_id": 1}, "seller_id"),
    ],
)
def test_what_is_wrong_with_a_listing_is_told_at_its_field(
    saga: Asking, changed: dict[str, object], field: str
) -> None:
    problem = refused(saga.post(AUCTIONS, listing(**changed)), 422, "invalid")

    assert list(problem["errors"]) == [field]
    assert not Auction.objects.exists()


def test_a_buyer_bids(bo: Asking, auction: Auction) -> None:
    answer = bo.post(bids_url(auction), {"amount": "11000.00"})
    told = answer.json()

    assert answer.status_code == 201
    assert (told["amount"], told["currency"], told["status"], told["pay_by"]) == (
        "11000.00",
        "SEK",
        "active",
        None,
    )
    assert Bid.objects.get().amount_minor == 1_100_000


def test_a_bid_that_does_not_stand_says_why(bo: Asking, auction: Auction, cast: Cast) -> None:
    cast.saga.is_buyer = True
    cast.saga.save()
    url = bids_url(auction)
    assert bo.post(url, {"amount": "100.00"}).status_code == 201

    refused(bo.post(url, {"amount": "100.00"}), 409, "bid_too_low")
    refused(bo.post(url, {"amount": "9999999.00"}), 409, "bid_too_high")
    refused(bo.post(url, {"amount": "200.00", "currency": "EUR"}), 409, "wrong_currency")
    refused(Asking(cast.saga).post(url, {"amount": "200.00"}), 409, "own_auction")
    assert list(refused(bo.post(url, {"amount": "1.00"}), 422, "invalid")["errors"]) == ["amount"]
    refused(bo.post(f"{AUCTIONS}999/bids/", {"amount": "100.00"}), 404, "not_found")


def test_a_seller_closes_and_the_winner_is_told_again_the_same(
    bo: Asking, saga: Asking, auction: Auction
) -> None:
    bid = bo.post(bids_url(auction), {"amount": "11000.00"}).json()
    first, second = (saga.post(f"{AUCTIONS}{auction.pk}/close/") for _ in range(2))

    assert first.json() == second.json()
    assert first.json()["status"] == "closed"
    winning = first.json()["winning_bid"]
    assert (winning["id"], winning["amount"], winning["status"]) == (bid["id"], "11000.00", "won")
    refused(bo.post(bids_url(auction), {"amount": "12000.00"}), 409, "auction_closed")


def test_only_its_seller_closes(bo: Asking, auction: Auction, cast: Cast) -> None:
    cast.mallory.is_seller = True
    cast.mallory.save()

    refused(bo.post(f"{AUCTIONS}{auction.pk}/close/"), 403, "wrong_role")
    refused(Asking(cast.mallory).post(f"{AUCTIONS}{auction.pk}/close/"), 404, "not_found")


def test_a_buyer_sees_own_bids_by_status(bo: Asking, mallory: Asking, cast: Cast) -> None:
    won = a_won_bid(cast.bo, cast.saga, at=timezone.now())

    assert [bid["id"] for bid in bo.get("/api/bids/", status="won").json()] == [won.pk]
    assert [bid["id"] for bid in bo.get("/api/bids/", status=["lost", "won"]).json()] == [won.pk]
    assert bo.get("/api/bids/", status="lost").json() == []
    assert mallory.get("/api/bids/").json() == []
    refused(bo.get("/api/bids/", status="gone"), 422, "invalid")


@pytest.mark.parametrize(("body", "status"), [({}, 200), ({"zz": 1}, 422), ([], 422)])
def test_where_nothing_is_to_be_said_a_word_is_refused_and_nothing_happens(
    cast: Cast, saga: Asking, body: object, status: int
) -> None:
    auction = an_auction(cast.saga, at=timezone.now())

    assert saga.post(f"{AUCTIONS}{auction.pk}/close/", body).status_code == status
    auction.refresh_from_db()
    assert auction.status == ("closed" if status == 200 else "open")
