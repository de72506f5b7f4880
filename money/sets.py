"""Sets of rows: written and asked for by statements whose text is the same for one row and for a thousand.

So PostgreSQL plans them once, and nothing is looked at value by value on the way there.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db import connection, models
from django.db.models.expressions import DatabaseDefault
from django.db.models.fields.related import ForeignObject
from django.db.models.sql.compiler import SQLCompiler

Columns = tuple["models.Field[Any, Any]", ...]


class AnyOf(models.Lookup):
    """`field__any_of=values`: what `__in` means, with all of them in one parameter."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, Any]:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", [*params, list(self.rhs)]


models.Field.register_lookup(AnyOf)
ForeignObject.register_lookup(AnyOf)


def insert_rows(rows: Sequence[models.Model]) -> None:
    """Write new rows of one model, in their order, by one statement; each learns its id.

    Values go as they are: they must be of their column's own type. What the database fills in by itself
    stays unread.
    """
    if rows:
        _insert(rows, "")


def insert_unless_there(row: models.Model) -> bool:
    """Write a new row as `insert_rows` does; False if a unique rule knows one like it already."""
    return _insert([row], "ON CONFLICT DO NOTHING") == 1


def _insert(rows: Sequence[models.Model], on_conflict: str) -> int:
    written = tuple(field for field in rows[0]._meta.concrete_fields if _is_ours_to_write(rows[0], field))
    names = [(str(field.column), field.attname) for field in written]
    told = [{column: getattr(row, attribute) for column, attribute in names} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(_statement(type(rows[0]), written, on_conflict), [json.dumps(told, default=str)])
        made = cursor.fetchall()
    for row, (pk,) in zip(rows, made, strict=not on_conflict):
        row.pk, row._state.adding = pk, False
    return len(made)


def _is_ours_to_write(row: models.Model, field: "models.Field[Any, Any]") -> bool:
    """Unless the database makes the value, from other columns, by its default or as the next id."""
    if field.generated:
        return False
    value = getattr(row, field.attname)
    return not (isinstance(value, DatabaseDefault) or (field.primary_key and value is None))


@lru_cache(maxsize=64)
def _statement(model: type[models.Model], written: Columns, on_conflict: str) -> str:
    names = ", ".join(str(field.column) for field in written)
    typed = ", ".join(f"{field.column} {field.db_type(connection)}" for field in written)
    return (
        f"INSERT INTO {model._meta.db_table} ({names})"  # noqa: S608  (names of our own models)
        f" SELECT {names} FROM json_to_recordset(%s::json) AS told ({typed})"
        f" {on_conflict} RETURNING {model._meta.pk.column}"
    )
