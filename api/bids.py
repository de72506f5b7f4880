"""A buyer's own bids."""

from typing import Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from api.bearer import buyers, person_of
from api.fields import answers
from api.paging import Paging, page_of
from api.presenting import present_bid
from api.shapes import BidAnswer
from auctions.queries import bids_of

router = Router(tags=["Bids"], auth=buyers)


class BidFilter(Schema):
    status: list[Literal["active", "outbid", "won", "lost", "paid", "expired"]] = Field(default=[])


@router.get("", response=answers({200: list[BidAnswer]}, 401, 403))
def list_bids(
    request: HttpRequest, response: HttpResponse, filters: Query[BidFilter], paging: Query[Paging]
) -> list[BidAnswer]:
    """Own bids, newest first."""
    rows = bids_of(person_of(request), statuses=filters.status)
    return [present_bid(bid) for bid in page_of(rows, paging, by="id", request=request, response=response)]
