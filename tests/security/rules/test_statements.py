"""What the database keeps it keeps from its owner, too: for each trigger, what it alone refuses."""

from __future__ import annotations

import pytest

from ledger.balances import balance_minor
from ledger.posting import Line, post_journal
from tests.cast import NOON
from tests.security.rules.asking import Statement, drop, refusal_of
from tests.security.rules.statements import STATEMENTS


def told_apart(statement: Statement) -> str:
    return f"{statement.rule}: {' '.join(statement.sql.split())}"


@pytest.mark.parametrize("statement", STATEMENTS, ids=told_apart)
def test_the_trigger_refuses_the_statement_and_nothing_else_does(ground: None, statement: Statement) -> None:
    assert statement.says in refusal_of(statement)
    refusal = refusal_of(statement, without=True)

    assert statement.says not in refusal
    assert statement.still in refusal if statement.still else refusal == "", refusal


def test_balances_move_by_the_trigger_alone(ground: None) -> None:
    code, line = "seller:7:payable", Line("stripe:clearing", "seller:7:payable", 5)
    post_journal(key="moves", currency="SEK", lines=[line], at=NOON)
    assert balance_minor(code) == 5

    drop("posting_moves_balances", "ledger_posting")
    post_journal(key="moves not", currency="SEK", lines=[line], at=NOON)
    assert balance_minor(code) == 5
