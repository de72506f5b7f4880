"""Indexes that nobody reads are written all the same.

Dropped by hand: where Django drops a column's index it takes whatever unique index with a condition stands on
that column along, and with it the rule that this is.
"""

from django.db.migrations import RunSQL


def without_like(table: str) -> RunSQL:
    """A migration's step that drops what Django adds for LIKE to unique texts, which are asked for whole."""
    return RunSQL(
        f"""
        DO $$ DECLARE unread regclass; BEGIN
            FOR unread IN
                SELECT indexrelid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
                WHERE indrelid = '{table}'::regclass AND relname LIKE '%\\_like'
            LOOP EXECUTE 'DROP INDEX ' || unread; END LOOP;
        END $$
        """,  # noqa: S608  (a name of our own)
        RunSQL.noop,
    )


def without_index(table: str, column: str) -> RunSQL:
    """A migration's step that drops the plain index of a column alone, which another index begins with."""
    return RunSQL(
        f"""
        DO $$ DECLARE unread regclass; BEGIN
            FOR unread IN
                SELECT indexrelid FROM pg_index
                JOIN pg_attribute ON attrelid = indrelid AND attname = '{column}'
                WHERE indrelid = '{table}'::regclass AND indkey::text = attnum::text
                    AND NOT indisunique AND indpred IS NULL
            LOOP EXECUTE 'DROP INDEX ' || unread; END LOOP;
        END $$
        """,  # noqa: S608  (names of our own)
        f"CREATE INDEX ON {table} ({column})",
    )
