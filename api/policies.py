"""Payout policies: how a seller's money is timed, shown to the seller, set by operators."""

from typing import Literal

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema
from ninja.responses import Status
from pydantic import Field

from api.bearer import operators, person_of
from api.fields import Amount, Answer, Body, Currency, MomentText, Text, answers
from api.idempotency import answered_once
from api.lists import answer_list
from api.paging import Paging
from api.presenting import present_rate
from api.problems import invalid
from money.amounts import AmountRefused, format_minor, parse_amount
from payouts.models import PayoutPolicy
from payouts.policies import PolicyRefused, set_policy
from people.models import User

router = Router(tags=["Operators"], auth=operators)


class PolicyAnswer(Answer):
    """One version; without `seller_id` it is the platform's. `reserve_rate` is a percent."""

    id: int | None
    seller_id: int | None
    interval: str
    weekday: int | None
    month_day: int | None
    delay_days: int
    minimums: dict[str, Amount]
    reserve_rate: str
    reserve_days: int
    reason: str | None
    made_at: MomentText | None


class Policy(Body):
    seller_id: int | None = None
    interval: Literal["daily", "weekly", "monthly", "manual"] = "daily"
    weekday: int | None = Field(None, ge=0, le=4)
    month_day: int | None = Field(None, ge=1, le=31)
    delay_days: int = Field(7, ge=0, le=75)
    minimums: dict[Currency, Text] = Field(default={}, max_length=50)
    reserve_bp: int = Field(0, ge=0, le=5_000)
    reserve_days: int = Field(0, ge=0, le=75)
    reason: Text = Field(min_length=1, max_length=500)


class PolicyFilter(Schema):
    seller_id: int | None = None


@router.get("policies/", response=answers({200: list[PolicyAnswer]}, 401, 403, 429))
def list_policies(
    request: HttpRequest, response: HttpResponse, filters: Query[PolicyFilter], paging: Query[Paging]
) -> list[PolicyAnswer] | HttpResponseBase:
    """Every version, newest first; of a seller, or with none named of everybody."""
    rows = PayoutPolicy.objects.order_by("-pk")
    if filters.seller_id is not None:
        rows = rows.filter(seller=filters.seller_id)
    return answer_list(
        rows, paging, present_policy, PolicyAnswer, by="id", request=request, response=response
    )


@router.post("policies/", response=answers({201: PolicyAnswer}, 401, 403, 404))
@answered_once
def make_policy(request: HttpRequest, body: Policy) -> Status:
    """Set a seller's policy, or the platform's. What waits gets its new day soon; what left stays."""
    seller = None
    if body.seller_id is not None:
        seller = get_object_or_404(User, pk=body.seller_id, is_seller=True)
    policy = PayoutPolicy(
        seller=seller,
        interval=body.interval,
        weekday=body.weekday,
        month_day=body.month_day,
        delay_days=body.delay_days,
        minimums_minor=_read_minimums(body.minimums),
        reserve_bp=body.reserve_bp,
        reserve_days=body.reserve_days,
        reason=body.reason,
    )
    try:
        set_policy(policy, by=person_of(request), at=timezone.now())
    except PolicyRefused as refused:
        raise invalid("interval", str(refused)) from refused
    return Status(201, present_policy(policy))


def present_policy(policy: PayoutPolicy) -> PolicyAnswer:
    minimums = policy.minimums_minor.items()
    return PolicyAnswer(
        id=policy.pk,
        seller_id=policy.seller_id,
        interval=policy.interval,
        weekday=policy.weekday,
        month_day=policy.month_day,
        delay_days=policy.delay_days,
        minimums={currency: format_minor(minor, currency) for currency, minor in minimums},
        reserve_rate=present_rate(policy.reserve_bp),
        reserve_days=policy.reserve_days,
        reason=policy.reason or None,
        made_at=policy.made_at.isoformat() if policy.made_at else None,
    )


def _read_minimums(minimums: dict[str, str]) -> dict[str, int]:
    read = {}
    for currency, amount in minimums.items():
        try:
            read[currency] = parse_amount(amount, currency)
        except AmountRefused as refused:
            raise invalid("minimums", str(refused)) from refused
    return read
