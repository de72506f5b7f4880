"""A line's currency is its payment's, and its owner is the payment's buyer or seller: by foreign key."""

from django.conf import settings
from django.db import migrations, models

TIE = """
ALTER TABLE payments_transaction
    ADD CONSTRAINT line_of_the_payments_buyer FOREIGN KEY (payment_intent_id, currency, owner_as_buyer)
        REFERENCES payments_paymentintent (id, currency, buyer_id),
    ADD CONSTRAINT line_of_the_payments_seller FOREIGN KEY (payment_intent_id, currency, owner_as_seller)
        REFERENCES payments_paymentintent (id, currency, seller_id);
"""

UNTIE = """
ALTER TABLE payments_transaction
    DROP CONSTRAINT line_of_the_payments_buyer, DROP CONSTRAINT line_of_the_payments_seller;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("auctions", "0003_closed_by"),
        ("payments", "0002_guards"),
        ("payouts", "0002_money_stays"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="transaction",
            name="owner_as_buyer",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Case(models.When(role="buyer", then=models.F("owner"))),
                output_field=models.BigIntegerField(null=True),
            ),
        ),
        migrations.AddField(
            model_name="transaction",
            name="owner_as_seller",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Case(models.When(role="seller", then=models.F("owner"))),
                output_field=models.BigIntegerField(null=True),
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentintent",
            constraint=models.UniqueConstraint(
                fields=("id", "currency", "buyer"), name="payment_and_its_buyer"
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentintent",
            constraint=models.UniqueConstraint(
                fields=("id", "currency", "seller"), name="payment_and_its_seller"
            ),
        ),
        migrations.AddConstraint(
            model_name="transaction",
            constraint=models.CheckConstraint(
                condition=models.Q(("role__in", ["buyer", "seller"])), name="line_is_a_buyers_or_a_sellers"
            ),
        ),
        migrations.RunSQL(TIE, UNTIE),
    ]
