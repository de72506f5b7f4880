"""The lines of a completed sale: the commission in its buyer's list, the payout in its seller's."""

from datetime import datetime
from uuid import UUID

from django.db import connection


def write_commission_lines(payment_ids: list[UUID], *, at: datetime) -> None:
    """One for each payment, in one statement; the second of a payment is refused by the database."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO payments_transaction
                (id, payment_intent_id, type, role, owner_id, currency, amount_minor, created_at)
            SELECT gen_random_uuid(), id, 'commission', 'buyer', buyer_id, currency, commission_minor, %s
            FROM payments_paymentintent WHERE id = ANY(%s) ORDER BY number
            """,
            [at, payment_ids],
        )


def write_payout_lines(payment_ids: list[UUID], *, at: datetime) -> None:
    """The same for the sellers; each line reads its status from its earning, which is there already."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO payments_transaction
                (id, payment_intent_id, type, role, owner_id, currency, amount_minor, earning_id, created_at)
            SELECT gen_random_uuid(), payment.id, 'payout', 'seller', payment.seller_id, payment.currency,
                seller_minor, earning.id, %s
            FROM payments_paymentintent AS payment
            JOIN payouts_earning AS earning ON earning.payment_id = payment.id
            WHERE payment.id = ANY(%s) ORDER BY payment.number
            """,
            [at, payment_ids],
        )
