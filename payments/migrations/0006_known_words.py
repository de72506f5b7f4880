from django.db import migrations

from money.words import knows_only


class Migration(migrations.Migration):
    dependencies = [("payments", "0005_by_success")]

    operations = [
        knows_only(
            "payments_paymentintent",
            "status",
            "requires_payment_method",
            "requires_action",
            "processing",
            "canceled",
            "succeeded",
        ),
        knows_only("payments_paymentintent", "outcome", "sale", "returned"),
    ]
