"""The charge behind a payment: its own time, whenever it is told."""

from datetime import datetime
from uuid import UUID

from django.db import connection

from gateway.facts import ChargeFacts
from payments.locking import lock_payments
from payments.models import PaymentIntent
from payouts.bank_days import day_of_payment
from payouts.processors import PayoutProcessor


def keep_charge_times(charges: list[ChargeFacts], *, at: datetime) -> set[str]:
    """Keep the charges' ids and times on their payments; answers the PaymentIntents that are not ours.

    Where the day of payment turns out to be another than was assumed, the earning moves to its right date.
    """
    told = {charge.payment_intent_id: charge for charge in charges}
    known = PaymentIntent.objects.filter(stripe_payment_intent_id__in=list(told))
    payments, _ = lock_payments(known.values_list("pk", flat=True))
    ours = {str(payment.stripe_payment_intent_id): payment for payment in payments.values()}
    _write([(payment.pk, told[stripe_id]) for stripe_id, payment in ours.items()])
    for stripe_id, payment in ours.items():
        _move_earning(payment, told[stripe_id], at=at)
    return told.keys() - ours.keys()


def _write(told: list[tuple[UUID, ChargeFacts]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE payments_paymentintent AS payment
            SET stripe_charge_id = told.charge_id, charged_at = told.charged_at
            FROM unnest(%s::uuid[], %s::text[], %s::timestamptz[]) AS told (id, charge_id, charged_at)
            WHERE payment.id = told.id
                AND (payment.status <> 'succeeded' OR payment.stripe_charge_id = told.charge_id)
                AND (payment.stripe_charge_id, payment.charged_at)
                    IS DISTINCT FROM (told.charge_id, told.charged_at)
            """,
            [
                [pk for pk, _ in told],
                [charge.id for _, charge in told],
                [charge.charged_at for _, charge in told],
            ],
        )


def _move_earning(payment: PaymentIntent, charge: ChargeFacts, *, at: datetime) -> None:
    """Rare: the event of the success was made on the other side of midnight than the charge."""
    if payment.outcome != PaymentIntent.Outcome.SALE or payment.stripe_charge_id != charge.id:
        return
    assert payment.charged_at is not None
    paid_on = day_of_payment(charge.charged_at)
    if paid_on != day_of_payment(payment.charged_at):
        PayoutProcessor.correct_day_of_payment(payment.pk, paid_on=paid_on, at=at)
