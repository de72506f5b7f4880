"""What operators do about money on its way out: schedules of chosen lines, holds, runs shown and approved."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from api.bearer import operators, person_of
from api.fields import Body, Day, Text, answers
from api.idempotency import answered_once, run_again
from api.lists import answer_list
from api.paging import Paging
from api.presenting import present_payout
from api.presenting_runs import BreakerAnswer, RunAnswer, present_breaker, present_run
from api.problems import Refused, invalid
from api.shapes import PayoutAnswer
from payments.choosing import LinesRefused, schedule_lines
from payouts.approving import approve_run, preview_run
from payouts.bank_days import PLATFORM_ZONE
from payouts.holding import hold_schedule, open_breakers, release_breaker, release_schedule
from payouts.models import Breaker, PayoutRun, PayoutSchedule
from payouts.queries import schedules_for
from payouts.reversing import reverse_schedule

router = Router(tags=["Operators"], auth=operators)

MOST_LINES = 1_000


class Reason(Body):
    reason: Text = Field(min_length=1, max_length=500)


class Choice(Body):
    transaction_ids: list[UUID] = Field(min_length=1, max_length=MOST_LINES)
    scheduled_date: Day | None = None
    notes: Text = Field("", max_length=500)


class RunDate(Body):
    run_date: Day


class Digest(Body):
    digest: Text = Field(pattern=r"^[0-9a-f]{64}$")


@router.post("payout-schedules/", response=answers({201: list[PayoutAnswer]}, 401, 403, 409))
@answered_once
def make_schedules(request: HttpRequest, body: Choice) -> Status:
    """Schedule chosen payout lines, those and no others; or refuse all, naming each that cannot be."""
    operator, at = person_of(request), timezone.now()
    if body.scheduled_date and body.scheduled_date < at.astimezone(PLATFORM_ZONE).date():
        raise invalid("scheduled_date", "Choose today or a day to come.")
    try:
        made = schedule_lines(
            body.transaction_ids, on=body.scheduled_date, notes=body.notes, by=operator, at=at
        )
    except LinesRefused as refused:
        errors = {str(line_id): [reason] for line_id, reason in refused.reasons.items()}
        raise Refused("lines_not_free", str(refused), errors=errors) from refused
    return Status(201, [present_payout(schedule) for schedule in made])


@router.post("payout-runs/", response=answers({201: RunAnswer}, 401, 403, 409))
@answered_once
def preview(request: HttpRequest, body: RunDate) -> Status:
    """What would leave on that day, line by line, and what would not and why; kept as it was shown."""
    run = preview_run(body.run_date, by=person_of(request), at=timezone.now())
    return Status(201, present_run(run))


@router.get("payout-runs/{uuid:run_id}/", response=answers({200: RunAnswer}, 401, 403, 404))
def get_run(request: HttpRequest, run_id: UUID) -> RunAnswer:
    """A run as it was shown."""
    return present_run(get_object_or_404(PayoutRun, pk=run_id))


@router.post("payout-runs/{uuid:run_id}/approve/", response=answers({200: RunAnswer}, 401, 403, 404, 409))
@answered_once
def approve(request: HttpRequest, run_id: UUID, body: Digest) -> RunAnswer:
    """Approve what was shown. Refused if anything changed, or if somebody else has to do it."""
    run = get_object_or_404(PayoutRun, pk=run_id)
    return present_run(approve_run(run, digest=body.digest, by=person_of(request), at=timezone.now()))


@router.post("payouts/{uuid:payout_id}/hold/", response=answers({200: PayoutAnswer}, 401, 403, 404, 409))
@answered_once
def hold(request: HttpRequest, payout_id: UUID, body: Reason) -> PayoutAnswer:
    """Keep a payout from leaving."""
    schedule = get_object_or_404(PayoutSchedule, pk=payout_id)
    hold_schedule(schedule, reason=body.reason, by=person_of(request), at=timezone.now())
    return _read(request, payout_id)


@router.post("payouts/{uuid:payout_id}/release/", response=answers({200: PayoutAnswer}, 401, 403, 404, 409))
@answered_once
def release(request: HttpRequest, payout_id: UUID, body: Reason) -> PayoutAnswer:
    """Let a payout that an operator held leave again."""
    schedule = get_object_or_404(PayoutSchedule, pk=payout_id)
    release_schedule(schedule, reason=body.reason, by=person_of(request), at=timezone.now())
    return _read(request, payout_id)


@router.post("payouts/{uuid:payout_id}/reverse/", response=answers({200: PayoutAnswer}, 401, 403, 404, 409))
@run_again
def reverse(request: HttpRequest, payout_id: UUID, body: Reason) -> PayoutAnswer:
    """Take back the transfers of a payout whose money still lies on the seller's account at Stripe."""
    schedule = get_object_or_404(PayoutSchedule, pk=payout_id)
    reverse_schedule(schedule, reason=body.reason, by=person_of(request), at=timezone.now())
    return _read(request, payout_id)


@router.get("breakers/", response=answers({200: list[BreakerAnswer]}, 401, 403, 429))
def list_breakers(
    request: HttpRequest, response: HttpResponse, paging: Query[Paging]
) -> list[BreakerAnswer] | HttpResponseBase:
    """What stops all payouts now; empty while they flow."""
    rows = open_breakers().order_by("-pk")
    return answer_list(
        rows, paging, present_breaker, BreakerAnswer, by="id", request=request, response=response
    )


@router.post("breakers/{int:breaker_id}/release/", response=answers({200: BreakerAnswer}, 401, 403, 404, 409))
@answered_once
def release_stop(request: HttpRequest, breaker_id: int, body: Reason) -> BreakerAnswer:
    """Let payouts flow again, as far as this cause goes."""
    breaker = get_object_or_404(Breaker, pk=breaker_id)
    if not release_breaker(breaker, reason=body.reason, by=person_of(request), at=timezone.now()):
        raise Refused("not_stopped", "Somebody released this before.")
    breaker.refresh_from_db()
    return present_breaker(breaker)


def _read(request: HttpRequest, payout_id: UUID) -> PayoutAnswer:
    return present_payout(schedules_for(person_of(request)).get(pk=payout_id))
