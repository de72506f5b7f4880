"""Whoever may do anything in the database cannot change what is sealed unseen: the very row is named."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from audit.heads import export_head
from audit.looking import Look
from audit.models import Seal
from audit.of_seals import exported_head_stands, row_behind_the_head_is_sealed, sealed_row_is_as_it_was
from audit.sealing import seal_rows
from tests.cast import NOON, make_cast
from tests.databases import copied_database, past_every_trigger, pointed_at
from tests.payouts.moving import sales_of

EVERYTHING = Look(NOON)
SEALED = {"events_event": "event", "ledger_journal": "journal", "ledger_posting": "posting"}
# What is another value of each kind of column; of a kind that is not here a new column fails the test.
ANOTHER = {
    "bigint": "coalesce({0}, 0) + 1000000",
    "text": "{0} || 'x'",
    "character varying": "'x'",
    "timestamp with time zone": "{0} + interval '1 microsecond'",
    "ARRAY": "array_append({0}, 0)",
    "jsonb": """{0} || '{{"x": null}}'""",
}


@pytest.fixture(scope="module")
def sealed(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """Two sales, sealed in a database of this file's own; answers where the head was exported to."""
    heads = tmp_path_factory.mktemp("exported") / "heads"
    with django_db_blocker.unblock(), copied_database() as name, pointed_at(name):
        cast = make_cast()
        sales_of(cast, 1)
        sales_of(cast, 1)
        assert seal_rows() > 15
        assert export_head(heads, at=NOON)
        with override_settings(SEAL_HEADS=heads):
            yield heads


@pytest.fixture
def as_superuser(sealed: Path) -> Iterator[None]:
    """Past every trigger and every grant; undone afterwards."""
    with past_every_trigger():
        yield


def do(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.rowcount


def ask(statement: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def found() -> list[str]:
    return sealed_row_is_as_it_was(EVERYTHING)


def test_as_it_was_written_nothing_is_found(as_superuser: None) -> None:
    assert found() == row_behind_the_head_is_sealed(EVERYTHING) == exported_head_stands(EVERYTHING) == []


@pytest.mark.parametrize("table", SEALED)
def test_a_change_of_any_column_names_the_row(table: str, as_superuser: None) -> None:
    """Asked of the database itself: a column that is added and not sealed is seen here."""
    columns = ask(
        f"SELECT column_name, data_type FROM information_schema.columns WHERE table_name = '{table}'"
    )
    ((row_id,),) = ask(f"SELECT max(id) FROM {table}")
    for column, kind in columns:
        with transaction.atomic():
            assert do(f"UPDATE {table} SET {column} = {ANOTHER[kind].format(column)} WHERE id = {row_id}")
            assert found() == [f"{SEALED[table]} {row_id}"], column
            transaction.set_rollback(True)
    assert len(columns) >= 5
    assert found() == []


@pytest.mark.parametrize("table", SEALED)
def test_a_row_that_is_deleted_is_named(table: str, as_superuser: None) -> None:
    ((row_id,),) = ask(f"SELECT min(id) FROM {table}")
    assert do(f"DELETE FROM {table} WHERE id = {row_id}") == 1

    assert found() == [f"{SEALED[table]} {row_id}"]


def test_letters_moved_from_one_column_to_the_next_are_seen(as_superuser: None) -> None:
    do("""
        UPDATE events_event SET subject_id = right(subject_type, 1) || subject_id,
            subject_type = left(subject_type, -1) WHERE id = (SELECT min(id) FROM events_event)""")

    assert len(found()) == 1


def test_nothing_is_not_the_same_as_zero(as_superuser: None) -> None:
    ((row_id,),) = ask("SELECT min(id) FROM events_event WHERE actor_id IS NULL")
    do(f"UPDATE events_event SET actor_id = 0 WHERE id = {row_id}")

    assert found() == [f"event {row_id}"]


SLIPPED_IN = {
    "event": """
        INSERT INTO events_event (id, kind, at, subject_type, subject_id, audience, details, written_in)
        VALUES (999, 'payout.released', now(), 'payout', '1', '{}', '{}', 1)""",
    "journal": "INSERT INTO ledger_journal (id, key, at, written_in) VALUES (999, 'x', now(), 1)",
    "posting": """
        INSERT INTO ledger_posting (id, journal_id, debit_id, credit_id, currency, amount_minor)
        SELECT 999, min(journal_id), min(debit_id), min(credit_id), 'SEK', 1 FROM ledger_posting""",
}


@pytest.mark.parametrize("source", SLIPPED_IN)
def test_a_row_that_is_slipped_in_is_named(source: str, as_superuser: None) -> None:
    assert do(SLIPPED_IN[source]) == 1

    assert row_behind_the_head_is_sealed(EVERYTHING) == [f"{source} 999"]
    assert found() == []


def test_a_seal_that_is_taken_away_or_changed_is_seen(as_superuser: None) -> None:
    (fifth, sixth) = ask("SELECT source, row_id FROM audit_seal WHERE id IN (5, 6) ORDER BY id")
    for statement in (
        "DELETE FROM audit_seal WHERE id = 5",
        "UPDATE audit_seal SET hash = sha256(hash) WHERE id = 5",
        "UPDATE audit_seal SET written_in = written_in - 1 WHERE id = 5",
        "UPDATE audit_seal SET id = 500000 WHERE id = 5",
    ):
        with transaction.atomic():
            assert do(statement) == 1
            assert set(found()) & {"{} {}".format(*fifth), "{} {}".format(*sixth)}, statement
            transaction.set_rollback(True)


def test_a_chain_made_anew_no_longer_leads_through_the_exported_head(as_superuser: None) -> None:
    """Whoever changes a row and seals it and all behind it once more is betrayed by the file alone."""
    ((last,),) = ask("SELECT max(id) FROM audit_seal")
    first, row_id = ask("SELECT id, row_id FROM audit_seal WHERE source = 'posting' ORDER BY id LIMIT 1")[0]
    do(f"UPDATE ledger_posting SET amount_minor = 1 WHERE id = {row_id}")
    do(f"DELETE FROM audit_seal WHERE id >= {first}")
    while seal_rows():
        pass

    assert Seal.objects.count() == last
    assert found() == row_behind_the_head_is_sealed(EVERYTHING) == []
    assert exported_head_stands(EVERYTHING) == [f"seal {last}"]


def test_a_head_that_was_exported_later_is_none_of_what_is_looked_at(
    sealed: Path, as_superuser: None
) -> None:
    """As in a backup, in which the chain ends before it."""
    do("DELETE FROM audit_seal WHERE id > (SELECT max(id) FROM audit_seal) - 3")

    assert exported_head_stands(Look(NOON - timedelta(seconds=1))) == []
    assert exported_head_stands(EVERYTHING) != []


def test_a_chain_cut_behind_a_row_misses_the_exported_head(as_superuser: None) -> None:
    ((last,),) = ask("SELECT max(id) FROM audit_seal")
    do(f"DELETE FROM audit_seal WHERE id > {last} - 3")

    assert found() == []
    assert exported_head_stands(EVERYTHING) == [f"seal {last}"]


def test_a_look_at_what_is_new_asks_of_new_seals_only(as_superuser: None) -> None:
    ((last,),) = ask("SELECT max(id) FROM audit_seal")
    (source, row_id), *_ = ask(
        "SELECT source, row_id FROM audit_seal WHERE source = 'event' ORDER BY id DESC"
    )
    ((seal,),) = ask(f"SELECT id FROM audit_seal WHERE source = 'event' AND row_id = {row_id}")
    do(f"UPDATE events_event SET kind = 'x' WHERE id = {row_id}")

    def fresh(after: int) -> list[str]:
        return sealed_row_is_as_it_was(Look(NOON, since=NOON, after_seal=after))

    assert fresh(seal - 1) == [f"{source} {row_id}"]
    assert fresh(seal) == [] and fresh(last) == []
