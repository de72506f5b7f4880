"""The database says no before we do: for each constraint, a good row but for one thing."""

from __future__ import annotations

import re

import pytest

from tests.security.rules import rows_of_messages, rows_of_payouts, rows_of_sales, rows_of_words
from tests.security.rules.asking import Row, refusal_of, run
from tests.security.rules.rows_of_words import columns_of_words

ROWS = [*rows_of_sales.ROWS, *rows_of_payouts.ROWS, *rows_of_messages.ROWS, *rows_of_words.ROWS]


def told_apart(row: Row) -> str:
    return f"{row.rule}: {row.changed}"


@pytest.mark.parametrize("row", ROWS, ids=told_apart)
def test_the_rule_refuses_the_row_and_nothing_else_does(ground: None, row: Row) -> None:
    assert row.says in refusal_of(row)
    assert refusal_of(row, without=True) == ""


def test_a_column_knows_the_words_that_its_model_knows(ground: None) -> None:
    told = run(
        r"""
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND conname LIKE '%\_known'
        """
    )
    known = {(table, name): set(re.findall("'([^']*)'", says)) for table, name, says in told}
    ours = {
        (table, f"{table}_{column}_known"): words for (table, column), words in columns_of_words().items()
    }

    assert known == {rule: ours[rule] for rule in known}
