"""When a call was sent last: who slept over a look-up finds that it is old."""

from django.db import migrations, models

GRANT = "GRANT UPDATE (last_sent_at) ON gateway_stripecall TO klubba_app"


class Migration(migrations.Migration):
    dependencies = [("gateway", "0003_withdrawn_calls")]
    operations = [
        migrations.AddField(
            model_name="stripecall",
            name="last_sent_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL(GRANT, migrations.RunSQL.noop),
    ]
