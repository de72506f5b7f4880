"""Which accounts at Stripe had money moved lately, by index."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payouts", "0006_counted_by_index"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="payoutschedule",
            index=models.Index(
                condition=models.Q(("destination_account", ""), _negated=True),
                fields=["updated_at"],
                name="schedule_at_stripe",
            ),
        ),
    ]
