"""Our balance at Stripe, movement by movement, and our own money's way to our bank."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

# What nobody could name in time; it gets its name when somebody can.
IN_SUSPENSE = Q(journal_key__startswith="suspense:")


class BalanceTransaction(models.Model):
    """One movement of the platform's balance at Stripe. `journal_key` names the journal that stands for it.

    Amounts in the smallest unit, with Stripe's sign: below 0 what left. Its fee has a journal of its own,
    `fee:<id>`. Without a journal it waits to be named; after an hour it is in suspense, until it is named.
    """

    stripe_id = models.CharField(max_length=255, unique=True)
    type = models.CharField(max_length=80)
    source = models.CharField(max_length=255, blank=True)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    net_minor = models.BigIntegerField()
    available_at = models.DateTimeField()
    created_at = models.DateTimeField()
    kept_at = models.DateTimeField()
    journal_key = models.TextField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="movement_adds_up", condition=Q(net_minor=F("amount_minor") - F("fee_minor"))
            ),
            models.UniqueConstraint(
                name="journal_stands_for_one_movement",
                fields=["journal_key"],
                condition=Q(journal_key__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="movement_by_source", fields=["source"]),
            models.Index(
                name="movement_unnamed", fields=["created_at"], condition=Q(journal_key__isnull=True)
            ),
            models.Index(name="movement_in_suspense", fields=["created_at"], condition=IN_SUSPENSE),
        ]

    def __str__(self) -> str:
        return f"{self.stripe_id}: {self.net_minor} {self.currency}"


class Watermark(models.Model):
    """Up to when a poller has read, in Stripe's time; moved only after what it read is committed."""

    name = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} up to {self.at}"


class PlatformPayout(models.Model):
    """Our own money on its way to our bank: asked for by an operator, at most what is free."""

    class State(models.TextChoices):
        OPEN = "open"
        REFUSED = "refused"
        IN_TRANSIT = "in_transit"
        PAID = "paid"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    stripe_payout_id = models.CharField(max_length=255, unique=True, null=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="asked_platform_payouts"
    )
    reason = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="platform_payout_pays", condition=Q(amount_minor__gt=0)),
            models.UniqueConstraint(
                name="one_open_platform_payout", fields=["currency"], condition=Q(state="open")
            ),
            models.CheckConstraint(
                name="platform_payout_made_has_its_id",
                condition=Q(state__in=["open", "refused"], stripe_payout_id__isnull=True)
                | Q(state__in=["in_transit", "paid", "failed"], stripe_payout_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency} to our bank"
