"""Asking Stripe how a payment stands, when its buyer asks us: the same completion by another door."""

from datetime import datetime

from django.db import transaction

from faults.crossing import again_if_crossed
from gateway.facts import IntentFacts
from gateway.payment_intents import retrieve_payment_intent
from payments.completion_services.payment_completion import PaymentCompletionService
from payments.evidence import Evidence, carry_charges, disagreement
from payments.models import PaymentIntent
from payments.progress import Progress, keep_progress


def confirm_payment(payment: PaymentIntent, *, at: datetime) -> PaymentIntent:
    """The payment as Stripe has it now, completed if it is paid.

    Raises:
        StripeAway, StripeRefused: Stripe gave no answer; nothing changed.
    """
    settled = payment.status in (PaymentIntent.Status.SUCCEEDED, PaymentIntent.Status.CANCELED)
    if settled or payment.stripe_payment_intent_id is None:
        return payment
    believe(payment, retrieve_payment_intent(payment.stripe_payment_intent_id), at=at)
    return PaymentIntent.objects.get(pk=payment.pk)


@again_if_crossed
@transaction.atomic
def believe(payment: PaymentIntent, facts: IntentFacts, *, at: datetime) -> None:
    """Bring the payment to where Stripe has it: completed if it is paid and agrees with our books.

    A success that disagrees is left to its webhook, which sets it aside with its reason.
    """
    if disagreement(payment, facts, account="") is None:
        charged = carry_charges([(payment, Evidence(facts=facts, told_at=at))])
        PaymentCompletionService.complete_all(charged, at=at)
    elif facts.status != PaymentIntent.Status.SUCCEEDED:
        told_at = at.replace(microsecond=0)
        keep_progress([Progress(payment=payment, facts=facts, told_at=told_at)], at=at)
