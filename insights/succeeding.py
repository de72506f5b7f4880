"""How many payments succeed day by day, of the newest: however many came before, it costs the same."""

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


@dataclass(frozen=True)
class Tries:
    """The days with tries from `since` on, oldest first. Of the first some are missing if it `is_cut`."""

    since: date
    days: list[DayOfTries]
    is_cut: bool


def tries_by_day(*, since: date) -> Tries:
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
    oldest, read = rows[0][-2:] if rows else (since, 0)
    is_cut = read == NEWEST and oldest >= since
    return Tries(oldest if is_cut else since, [DayOfTries(*row[:3]) for row in rows], is_cut)
