"""A rule refuses no more than it is for."""

from __future__ import annotations

import pytest

from tests.security.rules.asking import Row, Statement, refusal_of
from tests.security.rules.fresh import FRESH
from tests.security.rules.taken import BESIDE, ROWS, STATEMENTS


@pytest.mark.parametrize("table", sorted(FRESH.keys() - {"notifications_bookmark"}))
def test_a_copy_that_nothing_is_changed_in_is_taken(ground: None, table: str) -> None:
    """What is refused is refused for what is changed in it."""
    assert refusal_of(Row("", table, "")) == ""


@pytest.mark.parametrize("row", [*ROWS, *BESIDE], ids=lambda row: f"{row.rule}: {row.changed}")
def test_a_row_at_the_edge_is_taken(ground: None, row: Row) -> None:
    assert refusal_of(row) == ""


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda statement: statement.sql)
def test_a_statement_at_the_edge_is_taken(ground: None, statement: Statement) -> None:
    assert refusal_of(statement) == ""
