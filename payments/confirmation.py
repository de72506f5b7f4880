"""Asking Stripe how a payment stands, when its buyer asks us: the same completion by another door."""

from datetime import datetime

from django.db import transaction

from gateway.payment_intents import retrieve_payment_intent
from payments.completion_services.payment_completion import PaymentCompletionService
from payments.evidence import Evidence, disagreement, keep_charges
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
    evidence = Evidence(facts=retrieve_payment_intent(payment.stripe_payment_intent_id), told_at=at)
    with transaction.atomic():
        if disagreement(payment, evidence.facts, account="") is None:
            keep_charges([(payment, evidence)])
            PaymentCompletionService.process_payment_completion(payment, at=at)
        elif evidence.facts.status != PaymentIntent.Status.SUCCEEDED:
            keep_progress([Progress(payment=payment, facts=evidence.facts, told_at=at)], at=at)
    return PaymentIntent.objects.get(pk=payment.pk)
