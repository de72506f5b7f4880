from django.db import migrations

from money.words import knows_only


class Migration(migrations.Migration):
    dependencies = [("auctions", "0003_closed_by")]

    operations = [
        knows_only("auctions_bid", "status", "active", "outbid", "won", "lost", "paid", "expired"),
    ]
