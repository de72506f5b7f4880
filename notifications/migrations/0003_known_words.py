from django.db import migrations

from money.words import knows_only


class Migration(migrations.Migration):
    dependencies = [("notifications", "0002_letters_stay")]

    operations = [
        knows_only("notifications_letter", "channel", "email"),
        knows_only("notifications_letter", "state", "waiting", "sent", "failed"),
    ]
