"""A call that was written is never removed, and is sent again as it was written."""

from django.db import migrations

STAYS = """
CREATE TRIGGER call_stays BEFORE DELETE OR TRUNCATE ON gateway_stripecall
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON gateway_stripecall FROM klubba_app;
GRANT UPDATE (state, first_sent_at, result_id, http_status, error_code, request_id)
    ON gateway_stripecall TO klubba_app;
"""


class Migration(migrations.Migration):
    dependencies = [("gateway", "0001_initial")]
    operations = [migrations.RunSQL(STAYS, migrations.RunSQL.noop)]
