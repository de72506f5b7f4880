"""What Stripe says of our payments, compared with what we know of them, and kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Q

from gateway.facts import IntentFacts
from payments.locking import lock_payments
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
        Q(stripe_payment_intent_id__in=stripe_ids) | Q(stripe_payment_intent_id=None, pk__in=list(by_own_id))
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


def keep_charges(believed: list[tuple[PaymentIntent, Evidence]]) -> None:
    """Write the charge of each payment onto its row, in one statement.

    The charge's own time is kept once it is known; until then the time of the event stands for it.
    """
    lock_payments([payment.pk for payment, _ in believed])
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE payments_paymentintent AS payment SET
                stripe_payment_intent_id = told.intent_id,
                stripe_charge_id = told.charge_id,
                charged_at = CASE
                    WHEN payment.stripe_charge_id = told.charge_id THEN payment.charged_at
                    ELSE told.charged_at
                END
            FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::timestamptz[])
                AS told (id, intent_id, charge_id, charged_at)
            WHERE payment.id = told.id AND payment.status <> 'succeeded'
            """,
            [
                [payment.pk for payment, _ in believed],
                [evidence.facts.id for _, evidence in believed],
                [evidence.facts.charge_id for _, evidence in believed],
                [evidence.facts.charged_at or evidence.told_at for _, evidence in believed],
            ],
        )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
