"""The seller's lock: whoever decides what leaves a seller's money holds it. Taken before schedules' rows."""

from django.db import connection


def lock_seller(seller_id: int) -> None:
    """Hold the seller until the transaction ends; it protects also what has no row yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"seller:{seller_id}"])
