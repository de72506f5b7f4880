"""From a win to the seller's bank: how many of the newest come how far, and what stops them."""

from dataclasses import dataclass

from django.db import connection

NEWEST = 1_000
MOST_REASONS = 5


@dataclass(frozen=True)
class Funnel:
    """Of the newest thousand wins. `declines` are codes of Stripe's with how many payments end so now."""

    won: int
    opened: int
    attempted: int
    paid: int
    paid_out: int
    declines: list[tuple[str, int]]


def funnel_of_wins() -> Funnel:
    """One statement, which reads as many rows however many there are."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH won AS (
                SELECT id FROM auctions_bid
                WHERE status IN ('won', 'paid', 'expired') ORDER BY id DESC LIMIT %(newest)s
            ), payment AS (
                SELECT bid_id, payment.status, outcome, last_error, earning.status AS earning
                FROM payments_paymentintent AS payment
                JOIN won ON won.id = payment.bid_id
                LEFT JOIN payouts_earning AS earning ON earning.payment_id = payment.id
            ), opened AS (
                SELECT
                    bool_or(status IN ('requires_action', 'processing', 'succeeded')
                        OR last_error IS NOT NULL) AS attempted,
                    bool_or(outcome = 'sale') AS paid,
                    bool_or(earning = 'completed') AS paid_out
                FROM payment GROUP BY bid_id
            ), declined AS (
                SELECT coalesce(last_error ->> 'decline_code', last_error ->> 'code', '') AS code, count(*)
                FROM payment WHERE last_error IS NOT NULL AND outcome IS NULL
                GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %(reasons)s
            )
            SELECT
                (SELECT count(*) FROM won), count(*),
                count(*) FILTER (WHERE attempted), count(*) FILTER (WHERE paid),
                count(*) FILTER (WHERE paid_out),
                (SELECT coalesce(json_agg(declined), '[]') FROM declined)
            FROM opened
            """,
            {"newest": NEWEST, "reasons": MOST_REASONS},
        )
        won, opened, attempted, paid, paid_out, declined = cursor.fetchone()
    declines = [(row["code"], row["count"]) for row in declined]
    return Funnel(won, opened, attempted, paid, paid_out, declines)
