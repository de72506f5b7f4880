"""A buyer's own bids."""

from typing import Literal

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Query, Router, Schema
from pydantic import Field

from api.bearer import buyers, person_of
from api.fields import answers
from api.lists import answer_list
from api.paging import Paging
from api.presenting import present_bid
from api.shapes import BidAnswer
from auctions.queries import bids_of

router = Router(tags=["Bids"], auth=buyers)


class BidFilter(Schema):
    status: list[Literal["active", "outbid", "won", "lost", "paid", "expired"]] = Field(default=[])


@router.get("", response=answers({200: list[BidAnswer]}, 401, 403, 429))
def list_bids(
    request: HttpRequest, response: HttpResponse, filters: Query[BidFilter], paging: Query[Paging]
) -> list[BidAnswer] | HttpResponseBase:
    """Own bids, newest first."""
    rows = bids_of(person_of(request), statuses=filters.status)
    return answer_list(rows, paging, present_bid, BidAnswer, by="id", request=request, response=response)
