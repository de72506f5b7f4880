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
    """Up where it stands on the account's own side, down on the other; without the trigger not at all."""
    owed, owes = "seller:7:payable", "seller:7:receivable"
    there = [Line("stripe:clearing", owed, 5), Line(owes, "bank:platform", 5)]
    back = [Line(owed, "stripe:clearing", 2), Line("bank:platform", owes, 2)]
    post_journal(key="there", currency="SEK", lines=there, at=NOON)
    post_journal(key="back", currency="SEK", lines=back, at=NOON)
    assert (balance_minor(owed), balance_minor(owes)) == (3, 3)

    drop("posting_moves_balances", "ledger_posting")
    post_journal(key="there again", currency="SEK", lines=there, at=NOON)
    assert (balance_minor(owed), balance_minor(owes)) == (3, 3)
