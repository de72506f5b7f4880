"""How many payments succeed day by day, of the newest: however many came before, it costs the same."""

from dataclasses import dataclass
from datetime import date

from django.db import connection

from insights.days import Days, days_of
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


def tries_by_day(*, since: date) -> Days[DayOfTries]:
    """From `since` on, or as far as the newest thousand payments reach."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH newest AS (
                SELECT (created_at AT TIME ZONE %(zone)s)::date AS day, status, last_error
                FROM payments_paymentintent ORDER BY number DESC LIMIT %(newest)s
            )
            SELECT day, count(*), count(*) FILTER (WHERE status = 'succeeded'),
                (SELECT min(day) FROM newest), (SELECT count(*) FROM newest)
            FROM newest
            WHERE day >= %(since)s AND (status = 'succeeded' OR last_error IS NOT NULL)
            GROUP BY day ORDER BY day
            """,
            {"zone": str(PLATFORM_ZONE), "newest": NEWEST, "since": since},
        )
        rows = cursor.fetchall()
    return days_of(rows, DayOfTries, since=since, newest=NEWEST)
