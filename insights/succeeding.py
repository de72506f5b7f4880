"""How many payments succeed day by day, of the newest: it costs the same at any history."""

from dataclasses import dataclass
from datetime import date

from django.db import connection

from payouts.bank_days import PLATFORM_ZONE

NEWEST = 1_000


@dataclass(frozen=True)
class DayOfTries:
    """Of the payments begun on one day: those that a card was tried for, and those of them that succeeded."""

    day: date
    tried: int
    paid: int

    @property
    def percent(self) -> int:
        """Rounded down: a hundred is all of them."""
        return 100 * self.paid // self.tried


def tries_by_day(*, since: date) -> list[DayOfTries]:
    """The days from `since` on with any try among the newest thousand payments, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH newest AS (
                SELECT (created_at AT TIME ZONE %(zone)s)::date AS day, status
                FROM (
                    SELECT created_at, status, last_error FROM payments_paymentintent
                    ORDER BY number DESC LIMIT %(newest)s
                ) AS payment
                WHERE status = 'succeeded' OR last_error IS NOT NULL
            )
            SELECT day, count(*), count(*) FILTER (WHERE status = 'succeeded')
            FROM newest WHERE day >= %(since)s GROUP BY day ORDER BY day
            """,
            {"zone": str(PLATFORM_ZONE), "newest": NEWEST, "since": since},
        )
        return [DayOfTries(*row) for row in cursor.fetchall()]
