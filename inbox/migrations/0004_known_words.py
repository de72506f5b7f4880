from django.db import migrations

from money.words import knows_only


class Migration(migrations.Migration):
    dependencies = [("inbox", "0003_counted_by_index")]

    operations = [
        knows_only("inbox_message", "state", "received", "handled", "ignored", "quarantined", "dead"),
    ]
