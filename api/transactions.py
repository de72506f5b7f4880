"""The lines of one's purchases and sales, as JSON and as CSV."""

from typing import Literal

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Query, Router, Schema
from pydantic import Field

from api.bearer import anyone, person_of
from api.fields import Currency, Day, Text, answers
from api.lists import answer_list
from api.paging import Paging
from api.presenting import present_line
from api.shapes import LineAnswer
from payments.queries import LineFilter, lines_of

router = Router(tags=["Transactions"], auth=anyone)


class LineQuery(Schema):
    """Values of one filter are alternatives; the days are Stockholm's, both included."""

    type: list[Literal["payment", "commission", "payout", "refund"]] = Field(default=[])
    status: list[Literal["pending", "completed", "failed", "canceled"]] = Field(default=[])
    currency: list[Currency] = Field(default=[])
    role: list[Literal["buyer", "seller"]] = Field(default=[])
    since: Day | None = Field(None, alias="from")
    until: Day | None = Field(None, alias="to")
    q: Text = Field("", max_length=200)

    def chosen(self) -> LineFilter:
        return LineFilter(
            type=tuple(self.type),
            status=tuple(self.status),
            currency=tuple(self.currency),
            role=tuple(self.role),
            since=self.since,
            until=self.until,
            text=self.q,
        )


@router.get("", response=answers({200: list[LineAnswer]}, 401, 429))
def list_transactions(
    request: HttpRequest, response: HttpResponse, filters: Query[LineQuery], paging: Query[Paging]
) -> list[LineAnswer] | HttpResponseBase:
    """The commission of own purchases, the payouts of own sales, newest first."""
    rows = lines_of(person_of(request), filters.chosen())
    return answer_list(
        rows, paging, present_line, LineAnswer, by="number", request=request, response=response
    )
