"""Money on its way to sellers."""

from typing import Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema
from pydantic import Field

from api.bearer import anyone, person_of
from api.fields import answers
from api.lists import answer_list
from api.paging import Paging
from api.presenting import present_equation, present_line, present_payout
from api.shapes import LineAnswer, PayoutAnswer, StepAnswer, WholePayoutAnswer
from payments.queries import all_lines
from payouts.models import PayoutItem
from payouts.queries import items_of, schedules_for, states_shown_as
from payouts.timeline import timeline_of_payout

router = Router(tags=["Payouts"], auth=anyone)


class PayoutFilter(Schema):
    """Values are alternatives."""

    status: list[Literal["scheduled", "processing", "completed", "failed", "canceled"]] = Field(default=[])


@router.get("", response=answers({200: list[PayoutAnswer]}, 401, 429))
def list_payouts(
    request: HttpRequest, response: HttpResponse, filters: Query[PayoutFilter], paging: Query[Paging]
) -> list[PayoutAnswer] | HttpResponseBase:
    """Own payouts, newest first."""
    rows = schedules_for(person_of(request)).filter(seller=person_of(request))
    if filters.status:
        rows = rows.filter(state__in=states_shown_as(filters.status))
    return answer_list(
        rows,
        paging,
        present_payout,
        PayoutAnswer,
        by="number",
        request=request,
        response=response,
    )


@router.get("{uuid:payout_id}/", response=answers({200: WholePayoutAnswer}, 401, 404))
def get_payout(request: HttpRequest, payout_id: UUID) -> WholePayoutAnswer:
    """One payout with its lines and its sum."""
    schedule = get_object_or_404(schedules_for(person_of(request)), pk=payout_id, seller=person_of(request))
    items = list(items_of(schedule))
    return WholePayoutAnswer(
        **present_payout(schedule).model_dump(),
        transactions=_present_lines(items),
        equation=present_equation(items, schedule.currency),
        timeline=[
            StepAnswer(
                at=step.at.isoformat() if step.at else None,
                kind=step.kind,
                text=step.text,
                actor=step.actor,
                expected=step.expected,
            )
            for step in timeline_of_payout(schedule)
        ],
    )


def _present_lines(items: list[PayoutItem]) -> list[LineAnswer]:
    lines = all_lines().filter(earning__in={item.earning_id for item in items})
    return [present_line(line) for line in lines]
