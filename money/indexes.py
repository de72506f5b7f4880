"""Indexes that nobody reads are written all the same.

Dropped by hand: where Django drops a column's index it takes whatever unique index with a condition stands on
that column along, and with it the rule that this is.
"""

from django.db.migrations import RunSQL


def without_like(table: str) -> RunSQL:
    """A migration's step that drops what Django adds for LIKE to unique texts, which are asked for whole."""
    return RunSQL(_drop(table, "indexrelid::regclass::text LIKE '%\\_like'"), RunSQL.noop)


def without_index(table: str, column: str) -> RunSQL:
    """A migration's step that drops the plain index of a column alone, which another index begins with."""
    of_it_alone = f"""indkey::text = (
        SELECT attnum::text FROM pg_attribute WHERE attrelid = indrelid AND attname = '{column}'
    )"""  # noqa: S608  (names of our own)
    plain = f"{of_it_alone} AND NOT indisunique AND indpred IS NULL"
    return RunSQL(_drop(table, plain), f"CREATE INDEX ON {table} ({column})")


def _drop(table: str, which: str) -> str:
    """The statement that drops those of a table's indexes."""
    return f"""
        DO $$ DECLARE unread regclass; BEGIN
            FOR unread IN
                SELECT indexrelid FROM pg_index WHERE indrelid = '{table}'::regclass AND {which}
            LOOP EXECUTE 'DROP INDEX ' || unread; END LOOP;
        END $$
    """  # noqa: S608  (names of our own)
