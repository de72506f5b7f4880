"""Lines of the diary in the order of their transactions, and when the database wrote each.

What stands there before has the transaction 0, older than any: a default that is the same for all rows is set
without writing them anew.
"""

from django.db import migrations

WRITTEN = """
ALTER TABLE events_event ADD COLUMN written_in bigint NOT NULL DEFAULT 0;
ALTER TABLE events_event ALTER COLUMN written_in SET DEFAULT txid_current();
ALTER TABLE events_event ADD COLUMN written_at timestamptz NOT NULL DEFAULT now();
CREATE INDEX event_by_transaction ON events_event (written_in, id);
"""
UNWRITTEN = """
DROP INDEX event_by_transaction;
ALTER TABLE events_event DROP COLUMN written_in, DROP COLUMN written_at;
"""


class Migration(migrations.Migration):
    dependencies = [("events", "0002_append_only")]
    operations = [migrations.RunSQL(WRITTEN, UNWRITTEN)]
