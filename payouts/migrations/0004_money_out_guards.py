"""Which state may follow which, what is frozen once it is reserved, and what is never removed."""

from django.db import migrations

STATES = """
CREATE FUNCTION guard_schedule() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('scheduled', 'sending'), ('scheduled', 'held'), ('scheduled', 'canceled'),
        ('held', 'scheduled'), ('held', 'canceled'),
        ('sending', 'transferred'), ('sending', 'scheduled'),
        ('transferred', 'in_transit'), ('transferred', 'canceled'),
        ('in_transit', 'paid'), ('in_transit', 'returned'),
        ('paid', 'returned'),
        ('returned', 'in_transit'), ('returned', 'canceled')
    ) THEN
        RAISE EXCEPTION 'payout % cannot go from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state IN ('in_transit', 'paid') AND OLD.total_minor <> NEW.total_minor THEN
        RAISE EXCEPTION 'the sum of payout % is frozen', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER schedule_guarded BEFORE UPDATE ON payouts_payoutschedule
    FOR EACH ROW EXECUTE FUNCTION guard_schedule();

CREATE FUNCTION guard_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('waiting', 'reserved'), ('waiting', 'settled'), ('waiting', 'dropped'),
        ('reserved', 'transferred'), ('reserved', 'dropped'),
        ('dropped', 'waiting'),
        ('transferred', 'paid'), ('transferred', 'dropped'),
        ('paid', 'transferred')
    ) THEN
        RAISE EXCEPTION 'payout item % cannot go from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state NOT IN ('waiting', 'dropped') AND
        (OLD.schedule_id, OLD.refunded_minor, OLD.contested_minor, OLD.netted_minor, OLD.net_minor)
        IS DISTINCT FROM
        (NEW.schedule_id, NEW.refunded_minor, NEW.contested_minor, NEW.netted_minor, NEW.net_minor) THEN
        RAISE EXCEPTION 'payout item % is frozen', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER item_guarded BEFORE UPDATE ON payouts_payoutitem
    FOR EACH ROW EXECUTE FUNCTION guard_item();

CREATE FUNCTION guard_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('open', 'refused'), ('open', 'in_transit'),
        ('in_transit', 'paid'), ('in_transit', 'returned'), ('paid', 'returned')
    ) THEN
        RAISE EXCEPTION 'payout attempt % cannot go from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER attempt_guarded BEFORE UPDATE ON payouts_payoutattempt
    FOR EACH ROW EXECUTE FUNCTION guard_attempt();
"""

STAYS = """
CREATE TRIGGER attempt_stays BEFORE DELETE OR TRUNCATE ON payouts_payoutattempt
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER policy_stays BEFORE DELETE OR TRUNCATE ON payouts_payoutpolicy
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER hold_stays BEFORE DELETE OR TRUNCATE ON payouts_hold
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER breaker_stays BEFORE DELETE OR TRUNCATE ON payouts_breaker
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER run_stays BEFORE DELETE OR TRUNCATE ON payouts_payoutrun
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER approval_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payouts_payoutapproval
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON payouts_payoutattempt, payouts_payoutpolicy, payouts_hold, payouts_breaker,
    payouts_payoutrun, payouts_payoutapproval FROM klubba_app;
GRANT UPDATE (state, stripe_payout_id, arrives_on, failure_code, updated_at)
    ON payouts_payoutattempt TO klubba_app;
GRANT UPDATE (released_at, released_by_id, release_reason) ON payouts_hold, payouts_breaker TO klubba_app;
GRANT UPDATE (redated_at) ON payouts_payoutpolicy TO klubba_app;
GRANT UPDATE (approved_at, approved_by_id) ON payouts_payoutrun TO klubba_app;
GRANT UPDATE (scheduled_date, payout_id, returns, retry_on, is_closed, is_being_reversed)
    ON payouts_payoutschedule TO klubba_app;
GRANT UPDATE (schedule_id) ON payouts_payoutitem TO klubba_app;
"""

UNGUARD = """
DROP TRIGGER schedule_guarded ON payouts_payoutschedule;
DROP TRIGGER item_guarded ON payouts_payoutitem;
DROP TRIGGER attempt_guarded ON payouts_payoutattempt;
DROP FUNCTION guard_schedule();
DROP FUNCTION guard_item();
DROP FUNCTION guard_attempt();
"""


class Migration(migrations.Migration):
    dependencies = [("payouts", "0003_money_out")]
    operations = [
        migrations.RunSQL(STATES, UNGUARD),
        migrations.RunSQL(STAYS, migrations.RunSQL.noop),
    ]
