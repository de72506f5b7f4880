from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("gateway", "0002_calls_stay"),
    ]

    operations = [
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
