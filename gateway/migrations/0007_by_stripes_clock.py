"""When a call was sent first by Stripe's own clock: looking for what it made begins there."""

from django.db import migrations, models

GRANT = "GRANT UPDATE (first_sent_there_at) ON gateway_stripecall TO klubba_app"


class Migration(migrations.Migration):
    dependencies = [("gateway", "0006_known_words")]
    operations = [
        migrations.AddField(
            model_name="stripecall",
            name="first_sent_there_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL(GRANT, migrations.RunSQL.noop),
    ]
