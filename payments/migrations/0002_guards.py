"""What no code may do to a payment: change its amounts, undo its end, or remove it.

The lines people see are append-only like the books.
"""

from django.db import migrations

GUARDS = """
CREATE FUNCTION guard_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.total_minor, OLD.commission_minor, OLD.seller_minor, OLD.currency, OLD.rate_bp, OLD.bid_id,
        OLD.auction_id, OLD.buyer_id, OLD.seller_id, OLD.minimum_minor, OLD.maximum_minor, OLD.rule_id,
        OLD.vat_bp)
        IS DISTINCT FROM
       (NEW.total_minor, NEW.commission_minor, NEW.seller_minor, NEW.currency, NEW.rate_bp, NEW.bid_id,
        NEW.auction_id, NEW.buyer_id, NEW.seller_id, NEW.minimum_minor, NEW.maximum_minor, NEW.rule_id,
        NEW.vat_bp) THEN
        RAISE EXCEPTION 'the terms of payment % are frozen', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.status = 'succeeded' AND
        (OLD.status, OLD.outcome, OLD.succeeded_at, OLD.stripe_payment_intent_id, OLD.stripe_charge_id)
        IS DISTINCT FROM
        (NEW.status, NEW.outcome, NEW.succeeded_at, NEW.stripe_payment_intent_id, NEW.stripe_charge_id)
    OR OLD.status = 'canceled' AND NEW.status <> 'canceled'
        AND (NEW.status, NEW.outcome) IS DISTINCT FROM ('succeeded', 'returned') THEN
        RAISE EXCEPTION 'payment % is % and stays so', OLD.id, OLD.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_guarded BEFORE UPDATE ON payments_paymentintent
    FOR EACH ROW EXECUTE FUNCTION guard_payment();
CREATE TRIGGER payment_stays BEFORE DELETE OR TRUNCATE ON payments_paymentintent
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER line_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payments_transaction
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON payments_tally FROM klubba_app;
REVOKE UPDATE, DELETE, TRUNCATE ON payments_paymentintent FROM klubba_app;
GRANT UPDATE (status, status_as_of, outcome, last_error, stripe_payment_intent_id, stripe_charge_id,
              charged_at, succeeded_at) ON payments_paymentintent TO klubba_app;
REVOKE UPDATE, DELETE, TRUNCATE ON payments_transaction FROM klubba_app;
"""

UNGUARD = "DROP TRIGGER payment_guarded ON payments_paymentintent; DROP FUNCTION guard_payment();"


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]
    operations = [migrations.RunSQL(GUARDS, UNGUARD)]
