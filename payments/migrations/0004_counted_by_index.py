"""What the operators' figures count, by index: what is open, and what has ended by when it began."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("auctions", "0003_closed_by"),
        ("payments", "0003_lines_of_their_payment"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="paymentintent",
            index=models.Index(
                condition=models.Q(
                    ("status__in", ["requires_payment_method", "requires_action", "processing"])
                ),
                fields=["status"],
                name="payment_open",
            ),
        ),
        migrations.AddIndex(
            model_name="paymentintent",
            index=models.Index(
                condition=models.Q(("status__in", ["canceled", "succeeded"])),
                fields=["created_at", "status"],
                name="payment_ended",
            ),
        ),
    ]
