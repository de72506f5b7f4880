"""Sets of rows: written and asked for by statements whose text is the same for one row and for a thousand.

So PostgreSQL plans them once, and nothing is looked at value by value on the way there.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.contrib.postgres.fields import ArrayField
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
    if not rows:
        return
    written = tuple(
        field
        for field in rows[0]._meta.concrete_fields
        if not field.generated and not _is_left_to_the_database(rows[0], field)
    )
    with connection.cursor() as cursor:
        cursor.execute(_statement(type(rows[0]), written), [_column(rows, field) for field in written])
        for row, (pk,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk, row._state.adding = pk, False


def _is_left_to_the_database(row: models.Model, field: "models.Field[Any, Any]") -> bool:
    value = getattr(row, field.attname)
    return isinstance(value, DatabaseDefault) or (field.primary_key and value is None)


@lru_cache(maxsize=64)
def _statement(model: type[models.Model], written: Columns) -> str:
    names = [str(field.column) for field in written]
    types = [str(field.db_type(connection)) for field in written]
    as_text = [_is_told_as_text(field) for field in written]
    told = ", ".join(f"%s::{'text' if text else kind}[]" for text, kind in zip(as_text, types, strict=True))
    taken = ", ".join(
        f"{name}::{kind}" if text else name for text, name, kind in zip(as_text, names, types, strict=True)
    )
    return (
        f"INSERT INTO {model._meta.db_table} ({', '.join(names)})"  # noqa: S608  (names of our own models)
        f" SELECT {taken} FROM unnest({told}) AS told ({', '.join(names)})"
        f" RETURNING {model._meta.pk.column}"
    )


def _column(rows: Sequence[models.Model], field: "models.Field[Any, Any]") -> list[Any]:
    values = [getattr(row, field.attname) for row in rows]
    if isinstance(field, models.JSONField):
        return [None if value is None else json.dumps(value, ensure_ascii=False) for value in values]
    if isinstance(field, ArrayField):
        return ["{" + ",".join(map(str, value)) + "}" for value in values]
    return values


def _is_told_as_text(field: "models.Field[Any, Any]") -> bool:
    """An array of these would be taken apart altogether, or is none of PostgreSQL's own."""
    return isinstance(field, models.JSONField | ArrayField)
