"""What is in suspense may still get its name: then, and never after."""

from django.db import migrations, models

NAMED_LATE = """
CREATE OR REPLACE FUNCTION guard_movement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.journal_key NOT LIKE 'suspense:%' AND OLD.journal_key IS DISTINCT FROM NEW.journal_key THEN
        RAISE EXCEPTION 'movement % has its journal', OLD.stripe_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("treasury", "0002_movements_stay")]
    operations = [
        migrations.AddIndex(
            model_name="balancetransaction",
            index=models.Index(
                fields=["created_at"],
                name="movement_in_suspense",
                condition=models.Q(journal_key__startswith="suspense:"),
            ),
        ),
        migrations.RunSQL(NAMED_LATE, migrations.RunSQL.noop),
    ]
