"""A call that was kept is never removed."""

from django.db import migrations

STAYS = """
CREATE TRIGGER call_stays BEFORE DELETE OR TRUNCATE ON gateway_stripecall
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON gateway_stripecall FROM klubba_app;
"""


class Migration(migrations.Migration):
    dependencies = [("gateway", "0001_initial")]
    operations = [migrations.RunSQL(STAYS, migrations.RunSQL.noop)]
