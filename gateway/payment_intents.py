"""PaymentIntents: made once for a payment, and asked about."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from gateway.calls import Act, make_call, marked, newest_call, sent_since, write_call
from gateway.client import StripeRefused, ask, stripe_client
from gateway.facts import IntentFacts, read_payment_intent
from gateway.models import StripeCall
from gateway.pages import each_of

PURPOSE, CANCEL = "payment_intent", "cancel"
# One that is overlooked is an unused duplicate, which harms nobody; the list is read while a buyer waits.
THEIR_CLOCKS_DIFFER_BY = timedelta(seconds=5)


def transfer_group_of(payment_id: UUID) -> str:
    """The group of the charge, and so of every transfer from it: how they are found again."""
    return f"pay_{payment_id}"


def creation_params(
    *, payment_id: UUID, amount_minor: int, currency: str, description: str
) -> dict[str, Any]:
    """What Stripe is told of a payment, but for `metadata.call_id`; frozen with the call."""
    return {
        "amount": amount_minor,
        "currency": currency.lower(),
        "description": description,
        "allowed_payment_method_types": ["card"],
        "transfer_group": transfer_group_of(payment_id),
        "metadata": {"payment": str(payment_id)},
    }


def write_creation(payment_id: UUID, params: Mapping[str, Any], *, at: datetime) -> StripeCall:
    """Write down that the PaymentIntent is to be made; the caller commits it with the payment's row."""
    return write_call(purpose=PURPOSE, object_type="payment", object_id=payment_id, params=params, at=at)


def creation_of(payment_id: UUID) -> StripeCall:
    """The newest call that makes a payment's PaymentIntent; it was written with the payment's row."""
    call = newest_call(purpose=PURPOSE, object_type="payment", object_id=payment_id)
    assert call is not None
    return call


def creation_was_refused(payment_id: UUID) -> bool:
    """Whether Stripe's last word was that it will not make the PaymentIntent: none can exist."""
    return creation_of(payment_id).state == StripeCall.State.REFUSED


def create_payment_intent(call: StripeCall, *, at: datetime) -> IntentFacts:
    """Make the PaymentIntent of a written call, or find the one that it made before.

    Raises:
        StripeAway: no definite answer; the same call goes on later.
        StripeRefused: Stripe will not have it, as `code` says; it may be tried anew.
    """
    act = Act(
        perform=_create,
        look_up=_find_created,
        fetch=_fetch,
        quiet=timedelta(0),
        again_after_refusal=True,
        is_found_by_time=True,
    )
    return read_payment_intent(make_call(call, act, at=at))


def end_creation(call: StripeCall, stripe_id: str, *, at: datetime) -> None:
    """Bring a creation to its end whose PaymentIntent we know of by another way than its answer.

    Raises:
        StripeAway: no definite answer; the same call goes on later.
    """
    act = Act(
        perform=_create,
        look_up=lambda _: _fetch(stripe_id),
        fetch=_fetch,
        quiet=timedelta(0),
        again_after_refusal=True,
    )
    make_call(call, act, at=at)


def retrieve_payment_intent(stripe_id: str) -> IntentFacts:
    """The PaymentIntent as it is now, with its charge's time.

    Raises:
        StripeAway, StripeRefused: see there.
    """
    return read_payment_intent(tell_payment_intent(stripe_id))


def tell_payment_intent(stripe_id: str) -> dict[str, Any]:
    """The PaymentIntent as it is now, as Stripe's webhooks tell it, with its charge.

    Raises:
        StripeAway, StripeRefused: see there.
    """
    return dict(ask(lambda: _fetch(stripe_id)))


def cancel_payment_intent(stripe_id: str, *, payment_id: UUID, at: datetime) -> IntentFacts:
    """Cancel it at Stripe if it still can be, and answer what it is then: canceled, succeeded or processing.

    Raises:
        StripeAway: no definite answer; the same call goes on later.
    """
    params = {"cancellation_reason": "abandoned"}
    with transaction.atomic(durable=True):
        call = write_call(purpose=CANCEL, object_type="payment", object_id=payment_id, params=params, at=at)
    act = Act(
        perform=lambda sent: _cancel(stripe_id, params, sent),
        look_up=lambda sent: _canceled(stripe_id),
        fetch=_fetch,
        quiet=timedelta(0),
        again_after_refusal=True,
    )
    try:
        return read_payment_intent(make_call(call, act, at=at))
    except StripeRefused:
        return retrieve_payment_intent(stripe_id)


def _cancel(stripe_id: str, params: Mapping[str, str], call: StripeCall) -> Mapping[str, Any]:
    canceled = stripe_client().v1.payment_intents.cancel(
        stripe_id,
        params,  # type: ignore[arg-type]
        {"idempotency_key": call.idempotency_key},
    )
    return canceled.to_dict()


def _canceled(stripe_id: str) -> Mapping[str, Any] | None:
    found = _fetch(stripe_id)
    return found if found["status"] == "canceled" else None


def _create(call: StripeCall) -> Mapping[str, Any]:
    made = stripe_client().v1.payment_intents.create(
        marked(call),  # type: ignore[arg-type]
        {"idempotency_key": call.idempotency_key},
    )
    return made.to_dict()


def _fetch(stripe_id: str) -> Mapping[str, Any]:
    return stripe_client().v1.payment_intents.retrieve(stripe_id, {"expand": ["latest_charge"]}).to_dict()


def _find_created(call: StripeCall) -> Mapping[str, Any] | None:
    """The PaymentIntent that was made for this payment by any attempt, wherever our clock stands."""
    since = sent_since(call, theirs_differ_by=THEIR_CLOCKS_DIFFER_BY)
    for made in each_of("/v1/payment_intents", created={"gte": since}):
        if made["metadata"].get("payment") == call.object_id and made["status"] != "canceled":
            return made
    return None
