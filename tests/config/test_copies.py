"""What a restored copy says of itself, and when a drill is not held with it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection

from config.drill import copies
from config.drill.verdicts import DrillRefused
from tests.cast import Cast, a_charged_payment, a_won_bid
from tests.databases import past_every_trigger
from tests.payouts.moving import sales_of


def do(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.rowcount == 1, statement


def test_what_lies_ahead_of_the_newest_row_it_cannot_know(cast: Cast) -> None:
    sales_of(cast, 1)
    a_charged_payment(a_won_bid(cast.bo, cast.saga))
    for table in ("events_event", "ledger_journal", "gateway_stripecall"):
        later = datetime(2031, 2, 3, 4, 5, tzinfo=UTC)
        with past_every_trigger():
            do(f"UPDATE {table} SET written_at = '{later}' WHERE id = (SELECT max(id) FROM {table})")
            assert copies.known_upto() == later - copies.CLOCKS_DIFFER_BY, table


def test_one_of_an_older_version_is_not_drilled(db: None) -> None:
    copies.refuse_another_schema()
    with past_every_trigger():
        do("DELETE FROM django_migrations WHERE app = 'audit' AND name LIKE '0002%'")
        with pytest.raises(DrillRefused, match=r"lacks 1 migrations, audit\.0002_seals first"):
            copies.refuse_another_schema()


@pytest.mark.parametrize("table", ["events_event", "ledger_journal"])
def test_on_a_server_whose_transactions_are_behind_it_is_not_drilled(cast: Cast, table: str) -> None:
    sales_of(cast, 1)
    copies.refuse_numbers_behind()
    with past_every_trigger():
        do(f"UPDATE {table} SET written_in = 2000000000 WHERE id = (SELECT max(id) FROM {table})")
        with pytest.raises(DrillRefused, match=r"the dump to 2000000000: .* pg_resetwal -x 2000683008"):
            copies.refuse_numbers_behind()
