"""Stripe's webhooks: where they arrive, and what each type of event does."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import Error as DatabaseFailure
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from faults.crashpoints import crashpoint
from gateway.facts import IntentFacts, NotReadable, read_charge, read_payment_intent
from gateway.signatures import NotGenuine, verify_signature
from inbox.handling import Handler
from inbox.models import Message
from inbox.receiving import NotAnEvent, Receiver, draft_message
from payments.charges import keep_charge_times
from payments.completion_services.payment_completion import PaymentCompletionService
from payments.evidence import Evidence, carry_charges, disagreement, find_payments, second_payments
from payments.models import PaymentIntent
from payments.payout_events import (
    on_accounts_lost,
    on_accounts_updated,
    on_payouts_failed,
    on_payouts_made,
    on_payouts_paid,
)
from payments.progress import Progress, keep_progress
from payments.reading import object_of, told_at
from payments.strangers import Strangers

MOST_BYTES = 256 * 1024
KNOWN_STATUSES = {*PaymentIntent.Status, "requires_confirmation"}
PLATFORM, CONNECT = "platform", "connect"

receiver = Receiver()
strangers = Strangers()


class DeliveryRefused(Exception):
    """The message is not stored. `code` is for machines, the message for whoever reads the delivery."""

    code = "delivery_refused"
    headers: Mapping[str, str] = {}


class NoSecret(DeliveryRefused):
    code = "not_found"


class NotAPost(DeliveryRefused):
    code = "method_not_allowed"
    headers = {"Allow": "POST"}


class TooLarge(DeliveryRefused):
    code = "body_too_large"


class TooManyForgeries(DeliveryRefused):
    code = "too_many_tries"
    headers = {"Retry-After": "60"}


class NotStored(DeliveryRefused):
    code = "not_stored"
    headers = {"Retry-After": "5"}


@csrf_exempt
async def stripe_webhook(request: HttpRequest) -> JsonResponse:
    """Events of the platform's own account.

    Raises:
        DeliveryRefused: the message is not stored, as its class says.
    """
    return await _receive(request, endpoint=PLATFORM, secrets=settings.STRIPE_WEBHOOK_SECRETS)


@csrf_exempt
async def stripe_connect_webhook(request: HttpRequest) -> JsonResponse:
    """Events of the connected accounts; without its own secret the address does not exist.

    Raises:
        DeliveryRefused: see there.
    """
    return await _receive(request, endpoint=CONNECT, secrets=settings.STRIPE_CONNECT_WEBHOOK_SECRETS)


async def _receive(request: HttpRequest, *, endpoint: str, secrets: Sequence[str]) -> JsonResponse:
    """Genuine, stored, committed: then 200. What the event does is the worker's, not the request's."""
    if not secrets:
        raise NoSecret("There is no such address.")
    if request.method != "POST":
        raise NotAPost("Use POST.")
    body = _body_of(request)
    at, header = timezone.now(), request.headers.get("Stripe-Signature", "")
    try:
        event = verify_signature(body, header, secrets=secrets, livemode=settings.LIVEMODE, at=at)
        crashpoint("W1.verified")
        await receiver.receive(draft_message(endpoint=endpoint, event=event, body=body, at=at))
    except (NotGenuine, NotAnEvent) as refused:
        if not strangers.may_try(request.META.get("REMOTE_ADDR", ""), at=at):
            raise TooManyForgeries("Too many messages that are not Stripe's. Wait.") from refused
        raise DeliveryRefused(str(refused)) from refused
    except DatabaseFailure as failure:
        raise NotStored("The message is not stored. Send it again.") from failure
    crashpoint("W3.committed")
    return JsonResponse({"received": True})


def _body_of(request: HttpRequest) -> bytes:
    """The raw body.

    Raises:
        TooLarge: it is over 256 KB.
    """
    try:
        body = request.body
    except RequestDataTooBig as refused:
        raise TooLarge("A message has at most 256 KB.") from refused
    if len(body) > MOST_BYTES:
        raise TooLarge("A message has at most 256 KB.")
    return body


def on_payment_intents_succeeded(messages: list[Message], at: datetime) -> None:
    """What agrees with our books is completed, all at once; the rest is quarantined and moves nothing."""
    told = _read_intents(messages)
    payments = find_payments([facts for _, facts in told])
    payments |= second_payments(
        [facts for message, facts in told if _is_unknown(message, facts, payments)], at=at
    )
    believed = []
    for message, facts in told:
        payment = payments.get(facts.id)
        reason = disagreement(payment, facts, account=_account(message))
        if reason is not None or payment is None:
            message.quarantine(reason or "")
            continue
        believed.append((payment, Evidence(facts=facts, told_at=told_at(message))))
    if believed:
        PaymentCompletionService.complete_all(carry_charges(believed), at=at)


def on_payment_intents_changed(messages: list[Message], at: datetime) -> None:
    """Approval needed, processing, declined, canceled: the newest word counts, and never after a success."""
    told = _read_intents(messages)
    payments = find_payments([facts for _, facts in told])
    progress = []
    for message, facts in told:
        payment = payments.get(facts.id)
        if payment is None or _account(message):
            message.quarantine("No payment of ours has this PaymentIntent.")
            continue
        if facts.status not in KNOWN_STATUSES:
            message.quarantine(f"We do not know what to do with the status {facts.status}.")
            continue
        progress.append(Progress(payment=payment, facts=facts, told_at=told_at(message)))
    keep_progress(progress, at=at)


def on_charges_told(messages: list[Message], at: datetime) -> None:
    """A charge's own time decides the day of payment, also when it is told after the success."""
    charges = []
    for message in messages:
        try:
            charge = read_charge(object_of(message))
        except NotReadable as refused:
            message.quarantine(str(refused))
            continue
        if charge.succeeded and charge.payment_intent_id and not _account(message):
            charges.append((message, charge))
        else:
            message.ignore("Not a successful charge of a PaymentIntent of the platform.")
    unknown = keep_charge_times([charge for _, charge in charges], at=at)
    for message, charge in charges:
        if charge.payment_intent_id in unknown:
            message.quarantine("No payment of ours has this charge's PaymentIntent.")


def _is_unknown(message: Message, facts: IntentFacts, payments: Mapping[str, PaymentIntent]) -> bool:
    """Whether the platform was paid by a PaymentIntent that no payment of ours has."""
    succeeded = facts.status == PaymentIntent.Status.SUCCEEDED and facts.amount_received_minor > 0
    return succeeded and facts.id not in payments and bool(facts.charge_id) and not _account(message)


def _account(message: Message) -> str:
    """The account it speaks of; what came by the door of the connected ones is never the platform's."""
    return message.account or ("" if message.endpoint == PLATFORM else "unnamed")


def _read_intents(messages: list[Message]) -> list[tuple[Message, IntentFacts]]:
    """The PaymentIntents the messages tell of; one that cannot be read is quarantined."""
    read = []
    for message in messages:
        try:
            read.append((message, read_payment_intent(object_of(message))))
        except NotReadable as refused:
            message.quarantine(str(refused))
    return read


HANDLERS: dict[str, Handler] = {
    "payment_intent.created": on_payment_intents_changed,
    "payment_intent.processing": on_payment_intents_changed,
    "payment_intent.requires_action": on_payment_intents_changed,
    "payment_intent.payment_failed": on_payment_intents_changed,
    "payment_intent.canceled": on_payment_intents_changed,
    "payment_intent.succeeded": on_payment_intents_succeeded,
    "charge.succeeded": on_charges_told,
    "charge.updated": on_charges_told,
    "account.updated": on_accounts_updated,
    "account.application.deauthorized": on_accounts_lost,
    "payout.created": on_payouts_made,
    "payout.paid": on_payouts_paid,
    "payout.failed": on_payouts_failed,
    "payout.canceled": on_payouts_failed,
}
