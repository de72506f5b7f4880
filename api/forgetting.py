"""Forgetting the keys of requests, once they are a day old: the worker does so, and needs no API."""

from datetime import datetime, timedelta

from django.db import connection

KEPT = timedelta(hours=24)


def forget_old_keys(*, limit: int, at: datetime) -> int:
    """Forget up to `limit` keys older than a day; answers how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM api_keyedrequest WHERE id IN (
                SELECT id FROM api_keyedrequest WHERE started_at <= %s LIMIT %s FOR UPDATE SKIP LOCKED
            )
            """,
            [at - KEPT, limit],
        )
        return cursor.rowcount
