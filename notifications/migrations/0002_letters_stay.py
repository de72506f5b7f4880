"""A letter that was written is never removed, and says for ever what it said. What is old gets no letters."""

from django.db import migrations

STAYS = """
CREATE TRIGGER letter_stays BEFORE DELETE OR TRUNCATE ON notifications_letter
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON notifications_letter FROM klubba_app;
GRANT UPDATE (state, tries, next_at, sent_at, failure) ON notifications_letter TO klubba_app;

CREATE TRIGGER bookmark_stays BEFORE DELETE OR TRUNCATE ON notifications_bookmark
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON notifications_bookmark FROM klubba_app;
GRANT UPDATE (read_up_to, seen_up_to, seen_at) ON notifications_bookmark TO klubba_app;

INSERT INTO notifications_bookmark (id, read_up_to, seen_up_to, seen_at)
    SELECT 1, coalesce(max(id), 0), coalesce(max(id), 0), now() FROM events_event;
"""


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial")]
    operations = [migrations.RunSQL(STAYS, migrations.RunSQL.noop)]
