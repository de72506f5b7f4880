"""What a seller is owed is never removed."""

from django.db import migrations

STAYS = """
CREATE TRIGGER earning_stays BEFORE DELETE OR TRUNCATE ON payouts_earning
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER schedule_stays BEFORE DELETE OR TRUNCATE ON payouts_payoutschedule
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER item_stays BEFORE DELETE OR TRUNCATE ON payouts_payoutitem
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON payouts_earning, payouts_payoutschedule, payouts_payoutitem FROM klubba_app;
"""


class Migration(migrations.Migration):
    dependencies = [("payouts", "0001_initial")]
    operations = [migrations.RunSQL(STAYS, migrations.RunSQL.noop)]
