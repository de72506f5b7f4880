"""How well payments go, by the newest of them: it costs the same at any history."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

NEWEST = 1_000


@dataclass(frozen=True)
class Health:
    """Of the newest thousand payments and messages; None where there is none.

    `attempted` are the payments that a card was tried for, `paid` those of them that succeeded.
    `confirm_seconds` is the median from Stripe's charge to our books. Of twenty messages nineteen had their
    effect within `handle_seconds`; the one that is due next has waited for `waits_seconds`.
    """

    attempted: int
    paid: int
    confirm_seconds: float | None
    handle_seconds: float | None
    waits_seconds: float | None


def health_of_payments(*, at: datetime) -> Health:
    """All of it in one statement, which reads as many rows however many there are."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH begun AS (
                SELECT status, last_error FROM payments_paymentintent ORDER BY number DESC LIMIT %(newest)s
            ), paid AS (
                SELECT succeeded_at - charged_at AS took FROM payments_paymentintent
                WHERE succeeded_at IS NOT NULL ORDER BY succeeded_at DESC LIMIT %(newest)s
            ), handled AS (
                SELECT handled_at - received_at AS took FROM inbox_message
                WHERE state IN ('handled', 'ignored') ORDER BY id DESC LIMIT %(newest)s
            ), due AS (
                SELECT received_at FROM inbox_message WHERE state = 'received' ORDER BY next_at, id LIMIT 1
            )
            SELECT
                (SELECT count(*) FROM begun WHERE status = 'succeeded' OR last_error IS NOT NULL),
                (SELECT count(*) FROM begun WHERE status = 'succeeded'),
                (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY took) FROM paid),
                (SELECT percentile_cont(0.95) WITHIN GROUP (ORDER BY took) FROM handled),
                (SELECT %(at)s - received_at FROM due)
            """,
            {"newest": NEWEST, "at": at},
        )
        attempted, paid, confirm, handle, waits = cursor.fetchone()
    return Health(attempted, paid, _seconds(confirm), _seconds(handle), _seconds(waits))


def _seconds(took: Any) -> float | None:
    """Clocks differ: what seems to have taken less than nothing took nothing."""
    return None if took is None else max(0.0, took.total_seconds())
