"""Auctions and bids are never removed; what was offered never changes, and what was paid stays so."""

from django.db import migrations

STAYS = """
CREATE TRIGGER auction_stays BEFORE DELETE OR TRUNCATE ON auctions_auction
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bid_stays BEFORE DELETE OR TRUNCATE ON auctions_bid
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE FUNCTION guard_paid_bid() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'bid % is paid and stays so', OLD.id USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER bid_paid_stays BEFORE UPDATE ON auctions_bid FOR EACH ROW
    WHEN (OLD.status = 'paid' AND NEW.status <> 'paid') EXECUTE FUNCTION guard_paid_bid();
REVOKE UPDATE, DELETE, TRUNCATE ON auctions_auction, auctions_bid FROM klubba_app;
GRANT UPDATE (status, closed_at, current_bid_minor, bid_count) ON auctions_auction TO klubba_app;
GRANT UPDATE (status, pay_by, paid_at) ON auctions_bid TO klubba_app;
"""

UNGUARD = "DROP TRIGGER bid_paid_stays ON auctions_bid; DROP FUNCTION guard_paid_bid();"


class Migration(migrations.Migration):
    dependencies = [("auctions", "0001_initial")]
    operations = [migrations.RunSQL(STAYS, UNGUARD)]
