from django.db import migrations

from money.words import knows_only


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_seals")]

    operations = [
        knows_only("audit_seal", "source", "event", "journal", "posting"),
    ]
