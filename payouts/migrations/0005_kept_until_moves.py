"""A corrected day of payment moves the day of what is kept back."""

from django.db import migrations

GRANT = "GRANT UPDATE (kept_until) ON payouts_earning TO klubba_app"


class Migration(migrations.Migration):
    dependencies = [("payouts", "0004_money_out_guards")]
    operations = [migrations.RunSQL(GRANT, migrations.RunSQL.noop)]
