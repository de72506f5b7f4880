"""What the operators' figures count, by index: what is open, and what has ended by when it began."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inbox", "0002_messages_stay"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("state__in", ["handled", "ignored"])),
                fields=["received_at", "state"],
                name="message_ended",
            ),
        ),
    ]
