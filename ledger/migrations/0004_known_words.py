from django.db import migrations

from money.words import knows_only


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_in_order_of_commit")]

    operations = [
        knows_only("ledger_account", "side", "debit", "credit"),
    ]
