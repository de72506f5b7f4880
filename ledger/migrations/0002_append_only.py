"""The books are append-only, and a posting keeps to one currency. The database says so."""

from django.db import migrations

ONE_CURRENCY = """
ALTER TABLE ledger_account ADD CONSTRAINT account_with_currency UNIQUE (id, currency);
ALTER TABLE ledger_posting
    ADD CONSTRAINT posting_debit_in_its_currency
        FOREIGN KEY (debit_id, currency) REFERENCES ledger_account (id, currency),
    ADD CONSTRAINT posting_credit_in_its_currency
        FOREIGN KEY (credit_id, currency) REFERENCES ledger_account (id, currency);
"""

APPEND_ONLY = """
CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_journal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER posting_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_posting
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER account_stays BEFORE DELETE OR TRUNCATE ON ledger_account
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON ledger_journal, ledger_posting FROM klubba_app;
REVOKE UPDATE, DELETE, TRUNCATE ON ledger_account FROM klubba_app;
GRANT UPDATE (balance_minor) ON ledger_account TO klubba_app;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [
        migrations.RunSQL(ONE_CURRENCY, migrations.RunSQL.noop),
        migrations.RunSQL(APPEND_ONLY, migrations.RunSQL.noop),
    ]
