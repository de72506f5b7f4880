"""Money in: the rules of the commission, payments, and the lines that people see."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import connection, models
from django.db.models import Case, F, Q, When
from django.db.models.expressions import RawSQL

from auctions.models import Auction, Bid
from payouts.models import Earning


class CommissionRule(models.Model):
    """A commission other than the platform's default, for a seller, a category, or both.

    One with a minimum or a maximum is for one currency; one without a currency is for all.
    """

    seller = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True)
    category = models.CharField(max_length=60, blank=True, default="")
    rate_bp = models.PositiveIntegerField()
    minimum_minor = models.BigIntegerField(null=True)
    maximum_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_rule_a_case", fields=["seller", "category", "currency"], nulls_distinct=False
            ),
            models.CheckConstraint(
                name="bounds_are_amounts", condition=Q(minimum_minor__gte=0, maximum_minor__gte=0)
            ),
            models.CheckConstraint(
                name="minimum_not_over_maximum", condition=Q(minimum_minor__lte=F("maximum_minor"))
            ),
            models.CheckConstraint(
                name="bounds_have_a_currency",
                condition=~Q(currency="") | Q(minimum_minor__isnull=True, maximum_minor__isnull=True),
            ),
            models.CheckConstraint(name="rate_at_most_everything", condition=Q(rate_bp__lte=10_000)),
            models.CheckConstraint(
                name="rule_is_for_somebody_or_something",
                condition=Q(seller__isnull=False) | ~Q(category=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rate_bp} bp"


class PaymentIntent(models.Model):
    """One payment of one won bid. `status` keeps Stripe's word; `outcome` says what the money became.

    Amounts, rate and rule are copied when it is made and never change: the database refuses it.
    A success never regresses: the database refuses that too.
    """

    class Status(models.TextChoices):
        REQUIRES_PAYMENT_METHOD = "requires_payment_method"
        REQUIRES_ACTION = "requires_action"
        PROCESSING = "processing"
        CANCELED = "canceled"
        SUCCEEDED = "succeeded"

    class Outcome(models.TextChoices):
        SALE = "sale"
        RETURNED = "returned"

    OPEN = (Status.REQUIRES_PAYMENT_METHOD, Status.REQUIRES_ACTION, Status.PROCESSING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.BigIntegerField(
        unique=True, db_default=RawSQL("nextval('payment_number')", ()), editable=False
    )
    bid = models.ForeignKey(Bid, models.PROTECT, related_name="payments")
    auction = models.ForeignKey(Auction, models.PROTECT, related_name="payments")
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="payments", db_index=False
    )
    seller = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="sales", db_index=False)

    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    commission_minor = models.BigIntegerField()
    seller_minor = models.BigIntegerField()
    rate_bp = models.PositiveIntegerField()
    minimum_minor = models.BigIntegerField(null=True)
    maximum_minor = models.BigIntegerField(null=True)
    rule_id = models.BigIntegerField(null=True)
    vat_bp = models.PositiveIntegerField(null=True)

    status = models.CharField(max_length=24, choices=Status.choices, default=Status.REQUIRES_PAYMENT_METHOD)
    status_as_of = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=8, choices=Outcome.choices, null=True)
    last_error = models.JSONField(null=True)

    stripe_payment_intent_id = models.CharField(max_length=255, unique=True, null=True)
    stripe_charge_id = models.CharField(max_length=255, unique=True, null=True)
    charged_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    succeeded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="split_is_exact", condition=Q(total_minor=F("commission_minor") + F("seller_minor"))
            ),
            models.CheckConstraint(
                name="split_not_negative",
                condition=Q(total_minor__gt=0, commission_minor__gte=0, seller_minor__gte=0),
            ),
            models.CheckConstraint(
                name="succeeded_has_time_outcome_and_charge",
                condition=Q(
                    status="succeeded",
                    succeeded_at__isnull=False,
                    outcome__isnull=False,
                    charged_at__isnull=False,
                    stripe_charge_id__isnull=False,
                )
                | (~Q(status="succeeded") & Q(succeeded_at__isnull=True, outcome__isnull=True)),
            ),
            models.UniqueConstraint(
                name="one_living_payment_a_bid",
                fields=["bid"],
                condition=~Q(status="canceled") & (Q(outcome__isnull=True) | Q(outcome="sale")),
            ),
            models.UniqueConstraint(
                name="one_sale_an_auction", fields=["auction"], condition=Q(outcome="sale")
            ),
            models.UniqueConstraint(name="payment_and_its_buyer", fields=["id", "currency", "buyer"]),
            models.UniqueConstraint(name="payment_and_its_seller", fields=["id", "currency", "seller"]),
        ]
        indexes = [
            models.Index(name="payment_by_buyer", fields=["buyer", "-number"]),
            models.Index(name="payment_by_seller", fields=["seller", "-number"]),
            models.Index(
                name="payment_open",
                fields=["status"],
                condition=Q(status__in=["requires_payment_method", "requires_action", "processing"]),
            ),
            models.Index(
                name="payment_ended",
                fields=["created_at", "status"],
                condition=Q(status__in=["canceled", "succeeded"]),
            ),
            models.Index(
                name="payment_by_success", fields=["succeeded_at"], condition=Q(succeeded_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"PAY-{self.number}"

    def succeed(self, *, at: datetime) -> bool:
        """OPEN -> SUCCEEDED, a sale. True only for the one caller that made it happen."""
        return succeed_payments([self], outcome=self.Outcome.SALE, at=at) == 1


def succeed_payments(payments: "list[PaymentIntent]", *, outcome: str, at: datetime) -> int:
    """OPEN -> SUCCEEDED for each, with its charge, in one statement; answers how many it was true for.

    One that was canceled here and charged all the same may only be returned.
    """
    before = [*PaymentIntent.OPEN]
    if outcome == PaymentIntent.Outcome.RETURNED:
        before.append(PaymentIntent.Status.CANCELED)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE payments_paymentintent AS payment SET
                status = 'succeeded', outcome = %s, succeeded_at = %s, last_error = NULL,
                stripe_payment_intent_id = charged.intent_id,
                stripe_charge_id = charged.charge_id, charged_at = charged.at
            FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::timestamptz[])
                AS charged (id, intent_id, charge_id, at)
            WHERE payment.id = charged.id AND payment.status = ANY(%s)
            """,
            [
                outcome,
                at,
                [payment.pk for payment in payments],
                [payment.stripe_payment_intent_id for payment in payments],
                [payment.stripe_charge_id for payment in payments],
                [payment.charged_at for payment in payments],
                [str(status) for status in before],
            ],
        )
        return cursor.rowcount


class Transaction(models.Model):
    """A line in somebody's list. Never changed: a payout line reads its status from its earning.

    Its owner is the payment's buyer or its seller, as `role` says, and its currency is the payment's: the
    two columns that the database fills itself are foreign keys to the payment, with the currency.
    """

    class Type(models.TextChoices):
        PAYMENT = "payment"
        COMMISSION = "commission"
        PAYOUT = "payout"
        REFUND = "refund"

    class Role(models.TextChoices):
        BUYER = "buyer"
        SELLER = "seller"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.BigIntegerField(
        unique=True, db_default=RawSQL("nextval('transaction_number')", ()), editable=False
    )
    payment_intent = models.ForeignKey(PaymentIntent, models.PROTECT, related_name="transactions")
    type = models.CharField(max_length=10, choices=Type.choices)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="transactions", db_index=False
    )
    role = models.CharField(max_length=6, choices=Role.choices)
    owner_as_buyer = models.GeneratedField(
        expression=Case(When(role="buyer", then=F("owner"))),
        output_field=models.BigIntegerField(null=True),
        db_persist=True,
    )
    owner_as_seller = models.GeneratedField(
        expression=Case(When(role="seller", then=F("owner"))),
        output_field=models.BigIntegerField(null=True),
        db_persist=True,
    )
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    earning = models.OneToOneField(Earning, models.PROTECT, null=True, related_name="line")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_commission_and_one_payout",
                fields=["payment_intent", "type"],
                condition=Q(type__in=["commission", "payout"]),
            ),
            models.CheckConstraint(
                name="line_is_a_buyers_or_a_sellers", condition=Q(role__in=["buyer", "seller"])
            ),
            models.CheckConstraint(name="line_not_negative", condition=Q(amount_minor__gte=0)),
            models.CheckConstraint(
                name="line_type_and_role",
                condition=Q(type="commission", role="buyer", earning__isnull=True)
                | Q(type="payout", role="seller", earning__isnull=False)
                | Q(type="refund", earning__isnull=True),
            ),
        ]
        indexes = [models.Index(name="line_by_owner", fields=["owner", "-number"])]

    def __str__(self) -> str:
        return f"{self.type} {self.amount_minor} {self.currency}"


class Tally(models.Model):
    """What one person's lines add up to in one currency, so that a summary costs the same at any history.

    The smallest unit, each 0 or more; kept by completion, in the same transaction as the lines.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="tallies", db_index=False
    )
    currency = models.CharField(max_length=3)
    sales_minor = models.BigIntegerField(default=0)
    payouts_pending_minor = models.BigIntegerField(default=0)
    payouts_completed_minor = models.BigIntegerField(default=0)
    purchases_minor = models.BigIntegerField(default=0)
    commission_paid_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_tally_a_currency", fields=["person", "currency"]),
            models.CheckConstraint(
                name="tally_not_negative",
                condition=Q(
                    sales_minor__gte=0,
                    payouts_pending_minor__gte=0,
                    payouts_completed_minor__gte=0,
                    purchases_minor__gte=0,
                    commission_paid_minor__gte=0,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.currency}"
