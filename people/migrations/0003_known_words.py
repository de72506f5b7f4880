from django.db import migrations

from money.words import knows_only


class Migration(migrations.Migration):
    dependencies = [("people", "0002_language_not_chosen")]

    operations = [
        knows_only("people_user", "language", "en", "sv", ""),
    ]
