"""Journals in the order of their transactions, and when the database wrote each, whatever time it tells of."""

from django.db import migrations

WRITTEN = """
ALTER TABLE ledger_journal ADD COLUMN written_at timestamptz NOT NULL DEFAULT now();
CREATE INDEX journal_by_transaction ON ledger_journal (written_in, id);
"""
UNWRITTEN = """
DROP INDEX journal_by_transaction;
ALTER TABLE ledger_journal DROP COLUMN written_at;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_append_only")]
    operations = [migrations.RunSQL(WRITTEN, UNWRITTEN)]
