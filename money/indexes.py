"""Indexes that nobody reads are written all the same."""

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
