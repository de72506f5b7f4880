"""What moved has moved: a movement is never removed, and is named once."""

from django.db import migrations

STAYS = """
CREATE FUNCTION guard_movement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.journal_key IS NOT NULL AND OLD.journal_key IS DISTINCT FROM NEW.journal_key THEN
        RAISE EXCEPTION 'movement % has its journal', OLD.stripe_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER movement_guarded BEFORE UPDATE ON treasury_balancetransaction
    FOR EACH ROW EXECUTE FUNCTION guard_movement();
CREATE TRIGGER movement_stays BEFORE DELETE OR TRUNCATE ON treasury_balancetransaction
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER platform_payout_stays BEFORE DELETE OR TRUNCATE ON treasury_platformpayout
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON treasury_balancetransaction, treasury_platformpayout FROM klubba_app;
REVOKE DELETE, TRUNCATE ON treasury_watermark FROM klubba_app;
GRANT UPDATE (journal_key) ON treasury_balancetransaction TO klubba_app;
GRANT UPDATE (state, stripe_payout_id, reason, updated_at) ON treasury_platformpayout TO klubba_app;
"""

UNGUARD = "DROP TRIGGER movement_guarded ON treasury_balancetransaction; DROP FUNCTION guard_movement();"


class Migration(migrations.Migration):
    dependencies = [("treasury", "0001_initial")]
    operations = [migrations.RunSQL(STAYS, UNGUARD)]
