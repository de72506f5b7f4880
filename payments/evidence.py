"""What Stripe says of our payments, compared with what we know of them, and kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from gateway.facts import IntentFacts
from payments.models import PaymentIntent


@dataclass(frozen=True)
class Evidence:
    """What Stripe said of one PaymentIntent, and when."""

    facts: IntentFacts
    told_at: datetime


def find_payments(told: Iterable[IntentFacts]) -> dict[str, PaymentIntent]:
    """Our payments by Stripe's id.

    One whose answer from Stripe has not reached us yet is known by our own id in the metadata.
    """
    by_own_id = {own_id: facts.id for facts in told if (own_id := _uuid(facts.payment_id))}
    stripe_ids = [facts.id for facts in told]
    rows = PaymentIntent.objects.filter(
        Q(stripe_payment_intent_id__any_of=stripe_ids)
        | Q(stripe_payment_intent_id=None, pk__any_of=list(by_own_id))
    )
    return {row.stripe_payment_intent_id or by_own_id[row.pk]: row for row in rows}


def disagreement(payment: PaymentIntent | None, facts: IntentFacts, *, account: str) -> str | None:
    """Why a success told by Stripe is not believed, in one sentence; None if it agrees with our row."""
    if account:
        return f"It belongs to the connected account {account}, not to the platform."
    if payment is None:
        return "No payment of ours has this PaymentIntent."
    if facts.status != PaymentIntent.Status.SUCCEEDED:
        return f"The event says succeeded, its object says {facts.status}."
    if facts.livemode is not settings.LIVEMODE:
        return "It is of another world than ours."
    if facts.currency != payment.currency:
        return f"The currency is {facts.currency}; the payment is in {payment.currency}."
    if facts.amount_minor != payment.total_minor or facts.amount_received_minor != payment.total_minor:
        received = facts.amount_received_minor
        return f"{received} of {facts.amount_minor} was received; the payment is {payment.total_minor}."
    if not facts.charge_id:
        return "It names no charge."
    return None


def second_payments(told: list[IntentFacts], *, at: datetime) -> dict[str, PaymentIntent]:
    """A row for each success that is not known, and names a payment of ours that has another PaymentIntent.

    Its money is real and buys nothing: completion returns it to the buyer. Answers the rows by Stripe's id.
    """
    own_ids = {facts.id: own_id for facts in told if (own_id := _uuid(facts.payment_id))}
    named = PaymentIntent.objects.in_bulk(list(own_ids.values()))
    wanted = {facts.id: facts for facts in told if own_ids.get(facts.id) in named}
    rows = [_second(named[own_ids[facts.id]], facts, at=at) for facts in wanted.values()]
    return {str(row.stripe_payment_intent_id): row for row in PaymentIntent.objects.bulk_create(rows)}


def _second(first: PaymentIntent, facts: IntentFacts, *, at: datetime) -> PaymentIntent:
    """Canceled from the start: it can become nothing but returned."""
    return PaymentIntent(
        bid_id=first.bid_id,
        auction_id=first.auction_id,
        buyer_id=first.buyer_id,
        seller_id=first.seller_id,
        currency=facts.currency,
        total_minor=facts.amount_received_minor,
        commission_minor=0,
        seller_minor=facts.amount_received_minor,
        rate_bp=0,
        status=PaymentIntent.Status.CANCELED,
        stripe_payment_intent_id=facts.id,
        created_at=at,
    )


def carry_charges(believed: list[tuple[PaymentIntent, Evidence]]) -> list[PaymentIntent]:
    """Give each payment the charge that was told of it, for its completion to write.

    Until the charge's own time is known, the time of the event stands for it.
    """
    for payment, evidence in believed:
        facts = evidence.facts
        payment.stripe_payment_intent_id, payment.stripe_charge_id = facts.id, facts.charge_id
        payment.charged_at = facts.charged_at or evidence.told_at
    return [payment for payment, _ in believed]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
