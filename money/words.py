"""Columns that hold one of a few words: the database refuses every other, whoever writes it."""

from django.db.migrations import RunSQL


def knows_only(table: str, column: str, *words: str) -> RunSQL:
    """A migration's step after which the column holds one of these words, and no other."""
    name = f"{table}_{column}_known"
    known = ", ".join(f"'{word}'" for word in words)
    return RunSQL(
        [
            f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}",
            f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IN ({known}))",
        ],
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )
