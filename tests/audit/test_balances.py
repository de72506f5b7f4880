"""A balance on an account's row is its postings, also where there is none."""

from __future__ import annotations

import pytest
from django.db import connection

from audit.looking import Look
from audit.of_books import kept_balance_is_its_postings
from tests.cast import NOON


@pytest.mark.parametrize(("balance_minor", "found"), [(5, ["seller:1:payable SEK"]), (0, [])])
def test_a_balance_that_no_posting_made_is_found(db: None, balance_minor: int, found: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO ledger_account (code, currency, side, owner_id, balance_minor)
            VALUES ('seller:1:payable', 'SEK', 'credit', 1, %s)
            """,
            [balance_minor],
        )

    assert kept_balance_is_its_postings(Look(NOON)) == found
