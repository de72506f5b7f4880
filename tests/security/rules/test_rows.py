"""The database says no before we do: for each constraint, a good row but for one thing."""

from __future__ import annotations

import pytest

from tests.security.rules import rows_of_messages, rows_of_payouts, rows_of_sales
from tests.security.rules.asking import Row, refusal_of

ROWS = [*rows_of_sales.ROWS, *rows_of_payouts.ROWS, *rows_of_messages.ROWS]


def told_apart(row: Row) -> str:
    return f"{row.rule}: {row.changed}"


@pytest.mark.parametrize("row", ROWS, ids=told_apart)
def test_the_rule_refuses_the_row_and_nothing_else_does(ground: None, row: Row) -> None:
    assert row.says in refusal_of(row)
    assert refusal_of(row, without=True) == ""
