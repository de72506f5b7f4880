"""What operators see: everybody's payments, the inbox, the diary."""

from typing import Literal

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from api.bearer import operators, person_of
from api.fields import Body, Text, answers
from api.idempotency import answered_once
from api.lists import answer_list
from api.paging import LARGEST_NUMBER, Paging
from api.payment_intents import IntentFilter, answer_intents
from api.presenting import present_diary, present_line, present_message, present_payout
from api.problems import Refused
from api.shapes import DiaryAnswer, IntentAnswer, LineAnswer, MessageAnswer, PayoutAnswer
from api.transactions import LineQuery
from events.models import Event
from inbox.models import Message
from payments.queries import all_lines, payments_of
from payments.replaying import replay
from payouts.models import PayoutSchedule
from payouts.queries import schedules_for

router = Router(tags=["Operators"], auth=operators)
State = PayoutSchedule.State
UNPAID = (State.SCHEDULED, State.HELD, State.SENDING, State.TRANSFERRED, State.IN_TRANSIT)


class MessageFilter(Schema):
    state: list[Literal["received", "handled", "ignored", "quarantined", "dead"]] = Field(default=[])
    type: list[Text] = Field(default=[])


class DiaryFilter(Schema):
    kind: list[Text] = Field(default=[])
    actor_id: int | None = Field(default=None, ge=1, le=LARGEST_NUMBER)
    subject_type: Text | None = None
    subject_id: Text | None = None


class Reason(Body):
    reason: Text = Field(min_length=1, max_length=500)


@router.get("pending-payouts/", response=answers({200: list[PayoutAnswer]}, 401, 403, 429))
def list_pending_payouts(
    request: HttpRequest, response: HttpResponse, paging: Query[Paging]
) -> list[PayoutAnswer] | HttpResponseBase:
    """Everybody's payouts that have not arrived, newest first."""
    rows = schedules_for(person_of(request)).filter(state__in=UNPAID)
    return answer_list(
        rows, paging, present_payout, PayoutAnswer, by="number", request=request, response=response
    )


@router.get("payment-intents/", response=answers({200: list[IntentAnswer]}, 401, 403, 429))
def list_all_intents(
    request: HttpRequest, response: HttpResponse, filters: Query[IntentFilter], paging: Query[Paging]
) -> list[IntentAnswer] | HttpResponseBase:
    """Everybody's payments, newest first."""
    rows = payments_of(person_of(request))
    return answer_intents(rows, filters, paging, request=request, response=response)


@router.get("transactions/", response=answers({200: list[LineAnswer]}, 401, 403, 429))
def list_all_transactions(
    request: HttpRequest, response: HttpResponse, filters: Query[LineQuery], paging: Query[Paging]
) -> list[LineAnswer] | HttpResponseBase:
    """Everybody's lines, newest first."""
    rows = all_lines(filters.chosen())
    return answer_list(
        rows, paging, present_line, LineAnswer, by="number", request=request, response=response
    )


@router.get("events/", response=answers({200: list[MessageAnswer]}, 401, 403, 429))
def list_messages(
    request: HttpRequest, response: HttpResponse, filters: Query[MessageFilter], paging: Query[Paging]
) -> list[MessageAnswer] | HttpResponseBase:
    """What Stripe sent us and what became of it, newest first."""
    rows = Message.objects.defer("body").order_by("-pk")
    for name in ("state", "type"):
        if values := getattr(filters, name):
            rows = rows.filter(**{f"{name}__in": values})
    return answer_list(
        rows, paging, present_message, MessageAnswer, by="id", request=request, response=response
    )


@router.post("events/{int:message_id}/replay/", response=answers({200: MessageAnswer}, 401, 403, 404, 409))
@answered_once
def replay_stopped(request: HttpRequest, message_id: int, body: Reason) -> MessageAnswer:
    """Let a message that was set aside be handled again."""
    message, at = get_object_or_404(Message, pk=message_id), timezone.now()
    if not replay(message, by=person_of(request), reason=body.reason, at=at):
        raise Refused("not_stopped", "Only a message that was set aside can be handled again.")
    message.refresh_from_db()
    return present_message(message)


@router.get("audit-log/", response=answers({200: list[DiaryAnswer]}, 401, 403, 429))
def list_diary(
    request: HttpRequest, response: HttpResponse, filters: Query[DiaryFilter], paging: Query[Paging]
) -> list[DiaryAnswer] | HttpResponseBase:
    """The diary: what happened, when, and who did it, newest first."""
    rows = Event.objects.order_by("-pk")
    if filters.kind:
        rows = rows.filter(kind__in=filters.kind)
    if filters.actor_id is not None:
        rows = rows.filter(actor_id=filters.actor_id)
    if filters.subject_type is not None:
        rows = rows.filter(subject_type=filters.subject_type)
    if filters.subject_id is not None:
        rows = rows.filter(subject_id=filters.subject_id)
    return answer_list(rows, paging, present_diary, DiaryAnswer, by="id", request=request, response=response)
