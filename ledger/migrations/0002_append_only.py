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
"""

# A journal takes postings in the transaction that writes it, and never again. The balances that accounts
# keep follow from the postings alone: nobody but the function may write them, and it looks last among temporary
# tables, which anybody may make. Accounts are locked in the
# order of their ids, so that two sets that share sellers do not wait for each other in a circle.
POSTED = """
ALTER TABLE ledger_journal ADD COLUMN written_in bigint NOT NULL DEFAULT txid_current();

CREATE FUNCTION move_balances() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM fresh JOIN ledger_journal AS journal ON journal.id = fresh.journal_id
               WHERE journal.written_in <> txid_current()) THEN
        RAISE EXCEPTION 'ledger_posting is append-only: a journal that is written takes no more postings'
            USING ERRCODE = 'restrict_violation';
    END IF;
    PERFORM 1 FROM ledger_account
    WHERE owner_id IS NOT NULL AND id IN (SELECT debit_id FROM fresh UNION SELECT credit_id FROM fresh)
    ORDER BY id FOR NO KEY UPDATE;
    UPDATE ledger_account AS account
    SET balance_minor = account.balance_minor
        + CASE account.side WHEN 'debit' THEN moved.debit_minor ELSE -moved.debit_minor END
    FROM (
        SELECT id, sum(amount_minor) AS debit_minor FROM (
            SELECT debit_id AS id, amount_minor FROM fresh
            UNION ALL SELECT credit_id, -amount_minor FROM fresh
        ) AS ends GROUP BY id
    ) AS moved
    WHERE account.id = moved.id AND account.owner_id IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER posting_moves_balances AFTER INSERT ON ledger_posting
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION move_balances();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [
        migrations.RunSQL(ONE_CURRENCY, migrations.RunSQL.noop),
        migrations.RunSQL(APPEND_ONLY, migrations.RunSQL.noop),
        migrations.RunSQL(POSTED, migrations.RunSQL.noop),
    ]
