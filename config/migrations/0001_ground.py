"""What every room stands on: the role that web and worker act as, and the trigger that guards the books.

`klubba_app` owns nothing, logs in nowhere and changes no schema. It reads and writes the tables made
after it; each room's own migrations take away what must not be done to its tables.
"""

from django.db import migrations

ROLE = """
DO $$ BEGIN
    CREATE ROLE klubba_app NOLOGIN;
EXCEPTION
    -- A role belongs to the whole cluster: another database of it may have made it, a moment ago even.
    WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
DO $$ BEGIN
    -- An owner who is no superuser must be let into the role it made, to act as it.
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        IF current_setting('server_version_num')::int >= 160000 THEN
            EXECUTE 'GRANT klubba_app TO CURRENT_USER WITH INHERIT FALSE, SET TRUE';
        ELSE
            EXECUTE 'GRANT klubba_app TO CURRENT_USER';
        END IF;
    END IF;
END $$;
GRANT USAGE ON SCHEMA public TO klubba_app;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO klubba_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO klubba_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO klubba_app;
"""

REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused; write a correction instead', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
"""


class Migration(migrations.Migration):
    run_before = [
        ("contenttypes", "0001_initial"),
        ("people", "0001_initial"),
        ("ledger", "0001_initial"),
        ("events", "0001_initial"),
        ("inbox", "0001_initial"),
        ("gateway", "0001_initial"),
        ("auctions", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(ROLE, migrations.RunSQL.noop),
        migrations.RunSQL(REFUSE_CHANGE, "DROP FUNCTION refuse_change()"),
    ]
