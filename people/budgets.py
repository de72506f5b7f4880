"""How often something may be done in a window of time: guesses at a password, payments begun, exports."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import connection


def digest_of(email: str) -> str:
    """For a key: what was typed as an e-mail is kept nowhere else, whatever it was."""
    return hashlib.sha256(email.strip().lower().encode(errors="replace")).hexdigest()


class BudgetSpent(Exception):
    """Too often. Wait until `until`; nothing is locked for good."""

    def __init__(self, *, until: datetime) -> None:
        super().__init__("Too many tries. Wait a little and try again.")
        self.until = until


def spend(allowed: Mapping[str, int], *, window: timedelta, at: datetime) -> None:
    """Count once against each key, before the thing is done, so that a crowd at once is counted too.

    `allowed` says how often for each key; a window that has ended starts anew.

    Raises:
        BudgetSpent: it was done more often than that.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO people_budget AS budget (key, spent, window_ends_at)
            SELECT key, 1, %(ends_at)s FROM unnest(%(keys)s::text[]) AS key ORDER BY key
            ON CONFLICT (key) DO UPDATE SET
                spent = CASE WHEN budget.window_ends_at > %(at)s THEN budget.spent + 1 ELSE 1 END,
                window_ends_at = CASE
                    WHEN budget.window_ends_at > %(at)s THEN budget.window_ends_at
                    ELSE excluded.window_ends_at
                END
            RETURNING key, spent, window_ends_at
            """,
            {"ends_at": at + window, "keys": list(allowed), "at": at},
        )
        counted = cursor.fetchall()
    for key, spent, window_ends_at in counted:
        if spent > allowed[key]:
            raise BudgetSpent(until=window_ends_at)
