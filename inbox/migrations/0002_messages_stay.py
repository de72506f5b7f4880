"""A message that was kept is never removed, and stays as it came."""

from django.db import migrations

STAYS = """
CREATE TRIGGER message_stays BEFORE DELETE OR TRUNCATE ON inbox_message
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON inbox_message FROM klubba_app;
GRANT UPDATE (state, attempts, next_at, reason, handled_at) ON inbox_message TO klubba_app;
"""


class Migration(migrations.Migration):
    dependencies = [("inbox", "0001_initial")]
    operations = [migrations.RunSQL(STAYS, migrations.RunSQL.noop)]
