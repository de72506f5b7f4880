"""The seller's lock: whoever decides what leaves a seller's money holds it. Taken before schedules' rows."""

from collections.abc import Iterable

from django.db import connection


def lock_seller(seller_id: int) -> None:
    """Hold the seller until the transaction ends; it protects also what has no row yet."""
    lock_sellers([seller_id])


def lock_sellers(seller_ids: Iterable[int]) -> None:
    """Hold several sellers until the transaction ends, in the order of their ids; one statement for all."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(pg_advisory_xact_lock(hashtextextended('seller:' || seller.id, 0)))
            FROM (SELECT * FROM unnest(%s::bigint[]) AS id ORDER BY id) AS seller
            """,
            [sorted(set(seller_ids))],
        )
