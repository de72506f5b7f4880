"""Auctions, and bids on them."""

from functools import partial

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from api.amounts import read_amount, read_reserve
from api.bearer import anyone, buyers, person_of, sellers
from api.fields import Body, Currency, Moment, Text, answers
from api.idempotency import answered_once
from api.lists import answer_list
from api.paging import Paging
from api.presenting import present_auction, present_bid
from api.problems import invalid, refuse_fields
from api.shapes import AuctionAnswer, BidAnswer
from auctions.bidding import place_bid
from auctions.closing import close_auction as close
from auctions.listing import list_auction
from auctions.models import Auction
from auctions.queries import all_auctions
from money.amounts import AmountRefused

router = Router(tags=["Auctions"])


class Listing(Body):
    title: Text = Field(max_length=200)
    category: Text | None = Field(None, max_length=60)
    currency: Currency
    reserve_price: Text | None = None
    closes_at: Moment


class Offer(Body):
    amount: Text
    currency: Currency | None = None


@router.get("", auth=anyone, response=answers({200: list[AuctionAnswer]}, 401, 429))
def list_auctions(
    request: HttpRequest, response: HttpResponse, paging: Query[Paging]
) -> list[AuctionAnswer] | HttpResponseBase:
    """Every auction, newest first."""
    present = partial(present_auction, reader=person_of(request))
    return answer_list(
        all_auctions(), paging, present, AuctionAnswer, by="id", request=request, response=response
    )


@router.post("", auth=sellers, response=answers({201: AuctionAnswer}, 401, 403, 409))
@answered_once
def make_auction(request: HttpRequest, body: Listing) -> Status:
    """Put a thing up for sale."""
    seller = person_of(request)
    reserve = body.reserve_price
    reserve_minor = None if reserve is None else read_reserve(reserve, body.currency)
    try:
        auction = list_auction(
            seller=seller,
            title=body.title,
            category=body.category or "",
            currency=body.currency,
            reserve_minor=reserve_minor,
            closes_at=body.closes_at,
            settlement_currencies=settings.SETTLEMENT_CURRENCIES,
            at=timezone.now(),
        )
    except AmountRefused as refused:
        raise invalid("reserve_price", str(refused)) from refused
    return Status(201, present_auction(auction, reader=seller))


@router.get("{int:auction_id}/", auth=anyone, response=answers({200: AuctionAnswer}, 401, 404))
def get_auction(request: HttpRequest, auction_id: int) -> AuctionAnswer:
    """One auction."""
    return present_auction(get_object_or_404(all_auctions(), pk=auction_id), reader=person_of(request))


@router.post("{int:auction_id}/bids/", auth=buyers, response=answers({201: BidAnswer}, 401, 403, 404, 409))
@answered_once
def make_bid(request: HttpRequest, auction_id: int, body: Offer) -> Status:
    """Bid on an auction; the highest bid when it closes wins."""
    auction = get_object_or_404(Auction, pk=auction_id)
    bid = place_bid(
        auction,
        buyer=person_of(request),
        amount_minor=read_amount(body.amount, auction.currency, field_name="amount"),
        currency=body.currency or auction.currency,
        at=timezone.now(),
    )
    return Status(201, present_bid(bid))


@router.post(
    "{int:auction_id}/close/", auth=sellers, response=answers({200: AuctionAnswer}, 401, 403, 404, 409)
)
@answered_once
def close_auction(request: HttpRequest, auction_id: int) -> AuctionAnswer:
    """Close one's own auction now. Again is the same auction."""
    refuse_fields(request)
    seller = person_of(request)
    auction = get_object_or_404(Auction, pk=auction_id, seller=seller)
    close(auction, at=timezone.now(), by=seller)
    return present_auction(all_auctions().get(pk=auction.pk), reader=seller)
