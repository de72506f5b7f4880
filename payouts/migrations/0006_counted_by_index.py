"""What the operators' figures count, by index: what is open, and what has ended by when it began."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payouts", "0005_kept_until_moves"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="payoutschedule",
            index=models.Index(
                condition=models.Q(
                    ("state__in", ["scheduled", "held", "sending", "transferred", "in_transit", "returned"])
                ),
                fields=["state"],
                name="schedule_open",
            ),
        ),
        migrations.AddIndex(
            model_name="payoutschedule",
            index=models.Index(
                condition=models.Q(("state__in", ["paid", "canceled"])),
                fields=["created_at", "state"],
                name="schedule_ended",
            ),
        ),
    ]
