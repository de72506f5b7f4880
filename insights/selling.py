"""What a seller sold day by day, by the newest sales: it costs the same at any history."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection

from payouts.bank_days import PLATFORM_ZONE

NEWEST = 5_000


@dataclass(frozen=True)
class DayOfSales:
    """What was sold on one day in one currency, after commission, in the smallest unit."""

    day: date
    currency: str
    sales: int
    net_minor: int


@dataclass(frozen=True)
class Selling:
    """The days with sales, oldest first. `since` is the first day of which every sale was counted."""

    since: date
    days: list[DayOfSales]


def sales_by_day(seller_id: int, *, since: date) -> Selling:
    """From `since` on, or from the first whole day among the seller's newest five thousand sales."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH newest AS (
                SELECT currency, amount_minor, (created_at AT TIME ZONE %(zone)s)::date AS day
                FROM payments_transaction
                WHERE owner_id = %(seller)s AND type = 'payout' ORDER BY number DESC LIMIT %(newest)s
            )
            SELECT day, currency, count(*), sum(amount_minor)::bigint,
                (SELECT min(day) FROM newest), (SELECT count(*) FROM newest)
            FROM newest WHERE day >= %(since)s GROUP BY day, currency ORDER BY day, currency
            """,
            {"seller": seller_id, "zone": str(PLATFORM_ZONE), "newest": NEWEST, "since": since},
        )
        rows = cursor.fetchall()
    if rows and rows[0][-1] == NEWEST:
        oldest: date = rows[0][-2]
        since = max(since, oldest + timedelta(days=1))
    return Selling(since, [DayOfSales(*row[:4]) for row in rows if row[0] >= since])
