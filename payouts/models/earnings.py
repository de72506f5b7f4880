"""What a seller is owed."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from payouts.models.policies import PayoutPolicy


class Earning(models.Model):
    """What a seller is owed for one payment. The payment is named by its id, since it lives upstairs.

    `status` is what the seller's payout line shows: pending until the bank has all of it. The policy it
    came under may keep a part (`kept_minor`) back until a day.
    """

    class Status(models.TextChoices):
        PENDING = "pending"
        COMPLETED = "completed"
        CANCELED = "canceled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    payment_id = models.UUIDField(unique=True)
    seller = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="earnings")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    kept_minor = models.BigIntegerField(default=0)
    kept_until = models.DateField(null=True)
    policy = models.ForeignKey(
        PayoutPolicy, models.PROTECT, null=True, related_name="earnings", db_index=False
    )
    stripe_charge_id = models.CharField(max_length=255)
    paid_on = models.DateField()
    available_on = models.DateField(null=True)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.PENDING)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="earning_not_negative", condition=Q(amount_minor__gte=0)),
            models.CheckConstraint(
                name="earning_of_nothing_is_completed",
                condition=Q(amount_minor__gt=0) | Q(status="completed"),
            ),
            models.CheckConstraint(
                name="earning_kept_is_a_part_of_it",
                condition=Q(kept_minor=0, kept_until__isnull=True)
                | Q(kept_minor__gt=0, kept_minor__lte=F("amount_minor"), kept_until__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="earning_pending", fields=["paid_on"], condition=Q(status="pending")),
            models.Index(name="earning_kept", fields=["kept_until"], condition=Q(kept_minor__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency} for {self.seller_id}"
