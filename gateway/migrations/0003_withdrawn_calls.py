"""A call may be withdrawn before it is sent; when it was written is the database's to say."""

from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [
        ("gateway", "0002_calls_stay"),
    ]

    operations = [
        migrations.AddField(
            model_name="stripecall",
            name="written_at",
            field=models.DateTimeField(db_default=Now(), editable=False),
        ),
        migrations.RemoveConstraint(
            model_name="stripecall",
            name="call_sent_has_its_time",
        ),
        migrations.AddConstraint(
            model_name="stripecall",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("first_sent_at__isnull", True), ("state", "intent")),
                    ("state", "refused"),
                    models.Q(models.Q(("state", "intent"), _negated=True), ("first_sent_at__isnull", False)),
                    _connector="OR",
                ),
                name="call_sent_has_its_time",
            ),
        ),
    ]
