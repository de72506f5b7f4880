from django.db import migrations

from money.words import knows_only


class Migration(migrations.Migration):
    dependencies = [("gateway", "0005_calls_in_doubt")]

    operations = [
        knows_only("gateway_stripecall", "state", "intent", "sent", "done", "refused", "unknown"),
    ]
