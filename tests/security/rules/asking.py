"""Asking the database as the owner of its tables: a row or a statement that one rule refuses."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from django.db import DatabaseError, connection, transaction

from tests.security.rules.fresh import FRESH


class Row(NamedTuple):
    """A good row of a table but for one thing: a fresh copy of the first `which` is true of, `changed`."""

    rule: str
    table: str
    changed: str
    which: str = "true"

    @property
    def says(self) -> str:
        return f'"{self.rule}"'

    @property
    def sql(self) -> str:
        columns = ", ".join(_written_columns(self.table))
        fresh = f"jsonb_build_object({FRESH[self.table]}) || jsonb_build_object({self.changed})"
        copy = f"SELECT (jsonb_populate_record(row, {fresh})).* FROM {self.table} AS row"
        first = f"{copy} WHERE {self.which} ORDER BY row.id LIMIT 1"
        return f"INSERT INTO {self.table} ({columns}) SELECT {columns} FROM ({first}) AS copy"


class Statement(NamedTuple):
    """What a trigger refuses, and what it says then.

    `still` is what refuses it where the trigger is gone; empty, and it is taken then.
    """

    rule: str
    table: str
    sql: str
    says: str
    still: str = ""


def run(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


def refusal_of(asked: Row | Statement, *, without: bool = False) -> str:
    """What the database says to it; empty if it takes it. `without` its rule. Nothing of it stays."""
    sql = asked.sql
    try:
        with transaction.atomic():
            if without:
                drop(asked.rule, asked.table)
            run(sql)
            transaction.set_rollback(True)
    except DatabaseError as refused:
        return str(refused)
    return ""


def drop(rule: str, table: str) -> None:
    """The rule is gone: a constraint, an index or a trigger."""
    of_table = f"FROM pg_{{}} WHERE {{}} = '{table}'::regclass AND {{}} = '{rule}'"
    if run("SELECT 1 " + of_table.format("constraint", "conrelid", "conname")):
        run(f"ALTER TABLE {table} DROP CONSTRAINT {rule}")
    elif run("SELECT 1 " + of_table.format("trigger", "tgrelid", "tgname")):
        run(f"DROP TRIGGER {rule} ON {table}")
    else:
        run(f"DROP INDEX {rule}")


@cache
def _written_columns(table: str) -> list[str]:
    """Without those that the database works out itself."""
    told = run(
        f"""
        SELECT column_name FROM information_schema.columns
        WHERE table_name = '{table}' AND is_generated = 'NEVER' ORDER BY ordinal_position
        """
    )
    return [name for (name,) in told]
