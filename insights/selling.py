"""What a seller sold day by day, by the newest sales: however many came before, it costs the same."""

from dataclasses import dataclass
from datetime import date

from django.db import connection

from insights.days import Days, days_of
from payouts.bank_days import PLATFORM_ZONE

NEWEST = 5_000


@dataclass(frozen=True)
class DayOfSales:
    """What was sold on one day in one currency, after commission, in the smallest unit."""

    day: date
    currency: str
    sales: int
    net_minor: int


def sales_by_day(seller_id: int, *, since: date) -> Days[DayOfSales]:
    """From `since` on, or as far as the seller's newest five thousand sales reach, by the day of payment."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH newest AS (
                SELECT line.currency, amount_minor, (charged_at AT TIME ZONE %(zone)s)::date AS day
                FROM (
                    SELECT payment_intent_id, currency, amount_minor FROM payments_transaction
                    WHERE owner_id = %(seller)s AND type = 'payout' ORDER BY number DESC LIMIT %(newest)s
                ) AS line
                JOIN payments_paymentintent AS payment ON payment.id = payment_intent_id
            )
            SELECT day, currency, count(*), sum(amount_minor)::bigint,
                (SELECT min(day) FROM newest), (SELECT count(*) FROM newest)
            FROM newest WHERE day >= %(since)s GROUP BY day, currency ORDER BY day, currency
            """,
            {"seller": seller_id, "zone": str(PLATFORM_ZONE), "newest": NEWEST, "since": since},
        )
        rows = cursor.fetchall()
    return days_of(rows, DayOfSales, since=since, newest=NEWEST)
