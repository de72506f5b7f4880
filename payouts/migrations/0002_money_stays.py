"""What a seller is owed is never removed, and its terms never change."""

from django.db import migrations

STAYS = """
CREATE TRIGGER earning_stays BEFORE DELETE OR TRUNCATE ON payouts_earning
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER schedule_stays BEFORE DELETE OR TRUNCATE ON payouts_payoutschedule
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER account_stays BEFORE DELETE OR TRUNCATE ON payouts_connectedaccount
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER item_stays BEFORE DELETE OR TRUNCATE ON payouts_payoutitem
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE
    ON payouts_earning, payouts_payoutschedule, payouts_payoutitem FROM klubba_app;
GRANT UPDATE (status, paid_on, available_on) ON payouts_earning TO klubba_app;
GRANT UPDATE (state, reason, total_minor, item_count, attempt, destination_account, destination_bank,
              stripe_payout_id, arrives_on, updated_at, paid_at) ON payouts_payoutschedule TO klubba_app;
GRANT UPDATE (state, stripe_transfer_id, reason, refunded_minor, contested_minor, netted_minor, net_minor)
    ON payouts_payoutitem TO klubba_app;
REVOKE DELETE, TRUNCATE ON payouts_connectedaccount FROM klubba_app;
"""


class Migration(migrations.Migration):
    dependencies = [("payouts", "0001_initial")]
    operations = [migrations.RunSQL(STAYS, migrations.RunSQL.noop)]
