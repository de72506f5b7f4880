"""Whoever listens hears of new lines of the diary, when their transaction has committed: their ids, no more."""

from django.db import migrations

TOLD = """
CREATE FUNCTION tell_of_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('diary', min(id) || '-' || max(id)) FROM fresh HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE TRIGGER events_event_is_told AFTER INSERT ON events_event
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION tell_of_lines();
"""
UNTOLD = """
DROP TRIGGER events_event_is_told ON events_event;
DROP FUNCTION tell_of_lines();
"""


class Migration(migrations.Migration):
    dependencies = [("events", "0004_by_actor")]
    operations = [migrations.RunSQL(TOLD, UNTOLD)]
