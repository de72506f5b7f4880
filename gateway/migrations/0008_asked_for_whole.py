from django.db import migrations

from money.indexes import without_like


class Migration(migrations.Migration):
    dependencies = [("gateway", "0007_by_stripes_clock")]

    operations = [without_like("gateway_stripecall")]
