"""What people did, by kind and by person, by index: most lines are the system's own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0003_in_order_of_commit")]

    operations = [
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("actor_id__isnull", False)), fields=["kind", "id"], name="event_by_act"
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("actor_id__isnull", False)),
                fields=["actor_id", "id"],
                name="event_by_actor",
            ),
        ),
    ]
