"""A rule of the database that nothing is refused by here is seen."""

from __future__ import annotations

import re

from tests.security.rules.asking import refusal_of, run
from tests.security.rules.statements import STATEMENTS
from tests.security.rules.test_rows import ROWS
from tests.security.rules.test_transitions import GUARDED, refusal_of_going

DJANGOS = ("auth_", "django_")

# Foreign keys lean on these; they say no more than the primary key within them.
LEANT_ON = {
    ("ledger_account", "account_with_currency"),
    ("payments_paymentintent", "payment_and_its_buyer"),
    ("payments_paymentintent", "payment_and_its_seller"),
}

# It refuses nothing: it tells whoever listens.
TELLS = {("events_event", "events_event_is_told")}

# What a column's type says for Django: it counts something, so it is not below zero.
COUNTS = re.compile(r"^CHECK \(\((\w+) >= 0\)\)$")


def rules() -> dict[tuple[str, str], str]:
    """By table and name what the database refuses by, but primary keys and foreign keys to them alone."""
    told = run(
        """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace
            AND (contype NOT IN ('p', 'f', 'n', 't') OR contype = 'f' AND cardinality(conkey) > 1)
        UNION ALL
        SELECT indrelid::regclass::text, indexrelid::regclass::text, 'INDEX' FROM pg_index
        JOIN pg_class ON pg_class.oid = indexrelid
        WHERE relnamespace = 'public'::regnamespace AND indisunique
            AND indexrelid NOT IN (SELECT conindid FROM pg_constraint WHERE contype IN ('p', 'u', 'x'))
        UNION ALL
        SELECT tgrelid::regclass::text, tgname, 'TRIGGER' FROM pg_trigger WHERE NOT tgisinternal
        """
    )
    return {(table, name): says for table, name, says in told if not table.startswith(DJANGOS)}


def counts(name: str, table: str, says: str) -> bool:
    column = COUNTS.match(says)
    return bool(column) and name == f"{table}_{column[1]}_check"


def test_every_rule_refuses_something_here(ground: None) -> None:
    stand = {(table, name) for (table, name), says in rules().items() if not counts(name, table, says)}
    told = {(asked.table, asked.rule) for asked in [*ROWS, *STATEMENTS]}
    guards = {(guarded.table, guarded.guard) for guarded in GUARDED}

    assert stand - LEANT_ON - TELLS == told | guards


def test_every_word_of_a_trigger_is_heard(ground: None) -> None:
    """Of each refusal that a function of a trigger knows, one is made above."""
    told = run(
        r"""
        SELECT DISTINCT said[1] FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid,
            regexp_matches(prosrc, 'RAISE EXCEPTION ''([^'']+)''', 'g') AS said WHERE NOT tgisinternal
        """
    )
    heard = [refusal_of(statement) for statement in STATEMENTS]
    heard += [refusal_of_going(guarded, "paid", "nowhere") for guarded in GUARDED]
    sentences = [re.escape(said).replace("%", ".+") for (said,) in told]

    assert [said for said in sentences if not any(re.match(said, refusal) for refusal in heard)] == []
