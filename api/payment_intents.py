"""Paying a won bid: begin, look, ask Stripe."""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Literal
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from ninja import Query, Router, Schema
from ninja.responses import Status
from pydantic import Field, StrictInt

from api.bearer import anyone, buyers, person_of
from api.fields import Body, Text, answers
from api.idempotency import run_again
from api.lists import answer_list
from api.paging import Paging
from api.presenting import present_intent
from api.problems import invalid, refuse_fields
from api.shapes import IntentAnswer, StartedAnswer
from auctions.models import Bid
from payments.confirmation import confirm_payment
from payments.initiation import start_payment
from payments.models import PaymentIntent
from payments.queries import own_payments_of
from payments.timeline import timelines_of
from people.budgets import spend
from people.models import User

router = Router(tags=["Payments"], auth=anyone)
PAYMENTS_A_MINUTE = 3_000


class Start(Body):
    bid_id: StrictInt = Field(ge=1, lt=2**63)
    return_url: Text | None = None


class IntentFilter(Schema):
    status: list[
        Literal["requires_payment_method", "requires_action", "processing", "canceled", "succeeded"]
    ] = Field(default=[])


@router.post(
    "", auth=buyers, response=answers({200: StartedAnswer, 201: StartedAnswer}, 401, 403, 404, 409, 429)
)
@run_again
def begin_payment(request: HttpRequest, body: Start) -> Status:
    """Begin to pay a won bid, or go on with what was begun: 201 when made, 200 when met again."""
    buyer, at = person_of(request), timezone.now()
    _refuse_foreign_address(body.return_url, request)
    spend({f"payments-of:{buyer.pk}": PAYMENTS_A_MINUTE}, window=timedelta(minutes=1), at=at)
    bid = get_object_or_404(Bid, pk=body.bid_id, buyer=buyer)
    started = start_payment(bid, buyer=buyer, at=at)
    answer = StartedAnswer(
        payment_intent=_present_one(started.payment.pk, reader=buyer),
        client_secret=started.client_secret,
        publishable_key=settings.STRIPE_PUBLISHABLE_KEY,
    )
    return Status(201 if started.made else 200, answer)


@router.get("", response=answers({200: list[IntentAnswer]}, 401, 429))
def list_intents(
    request: HttpRequest, response: HttpResponse, filters: Query[IntentFilter], paging: Query[Paging]
) -> list[IntentAnswer] | HttpResponseBase:
    """Own purchases and own sales, newest first."""
    rows = own_payments_of(person_of(request))
    return answer_intents(rows, filters, paging, request=request, response=response)


@router.get("{uuid:payment_id}/", response=answers({200: IntentAnswer}, 401, 404))
def get_intent(request: HttpRequest, payment_id: UUID) -> IntentAnswer:
    """One payment, for its buyer and its seller."""
    return _present_one(payment_id, reader=person_of(request))


@router.post(
    "{uuid:payment_id}/confirm/", auth=buyers, response=answers({200: IntentAnswer}, 401, 403, 404, 409)
)
@run_again
def confirm_intent(request: HttpRequest, payment_id: UUID) -> IntentAnswer:
    """Ask Stripe how the payment stands, and complete it if it is paid."""
    refuse_fields(request)
    buyer = person_of(request)
    payment = get_object_or_404(own_payments_of(buyer), pk=payment_id, buyer=buyer)
    confirm_payment(payment, at=timezone.now())
    return _present_one(payment_id, reader=buyer)


def answer_intents(
    rows: QuerySet[PaymentIntent],
    filters: IntentFilter,
    paging: Paging,
    *,
    request: HttpRequest,
    response: HttpResponse,
) -> list[IntentAnswer] | HttpResponseBase:
    """A list of payments; the stories are told in JSON only."""
    reader = person_of(request)
    if filters.status:
        rows = rows.filter(status__in=filters.status)
    return answer_list(
        rows,
        paging,
        partial(present_intent, steps=(), reader=reader),
        IntentAnswer,
        by="number",
        present_page=partial(present_intents, reader=reader),
        request=request,
        response=response,
    )


def present_intents(payments: Iterable[PaymentIntent], *, reader: User) -> list[IntentAnswer]:
    """Payments with their stories, in a constant number of statements."""
    rows = list(payments)
    stories = timelines_of(rows, reader=reader)
    return [present_intent(payment, stories[payment.pk], reader=reader) for payment in rows]


def _present_one(payment_id: UUID, *, reader: User) -> IntentAnswer:
    return present_intents([get_object_or_404(own_payments_of(reader), pk=payment_id)], reader=reader)[0]


def _refuse_foreign_address(url: str | None, request: HttpRequest) -> None:
    """Where the buyer comes back to is a page of ours, or nothing begins."""
    here = {request.get_host()}
    if url is not None and not url_has_allowed_host_and_scheme(url, here, require_https=request.is_secure()):
        raise invalid("return_url", "Use an address of this site.")
