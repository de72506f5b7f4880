"""Our balance at Stripe, our own money's way to our bank, and what Stripe tells otherwise than we."""

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


class Break(models.Model):
    """One thing that Stripe and we tell differently, from when it was first seen until it is gone.

    Amounts in the smallest unit: `expected_minor` by our books, `found_minor` at Stripe. `account_id` is the
    connected account it is about, empty for our own; `subject_id` our payment or payout, where it is known.
    It ends by itself when both tell the same, or when an operator explains it by name.
    """

    class Kind(models.TextChoices):
        MISSING_EVENT = "missing_event"
        FEE = "fee"
        TIMING = "timing"
        AMOUNT = "amount"
        UNKNOWN = "unknown"

    class About(models.TextChoices):
        CHARGE = "charge"
        TRANSFER = "transfer"
        PAYOUT = "payout"
        MOVEMENT = "movement"
        ACCOUNT = "account"

    kind = models.CharField(max_length=13, choices=Kind.choices)
    object_type = models.CharField(max_length=8, choices=About.choices)
    object_id = models.CharField(max_length=255)
    account_id = models.CharField(max_length=255, blank=True, default="")
    subject_id = models.CharField(max_length=64, blank=True, default="")
    currency = models.CharField(max_length=3)
    expected_minor = models.BigIntegerField()
    found_minor = models.BigIntegerField()
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    explained_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="explained_breaks"
    )
    reason = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_open_break_a_kind",
                fields=["object_type", "object_id", "kind", "currency"],
                condition=Q(resolved_at__isnull=True),
            ),
            models.CheckConstraint(
                name="break_kind_has_a_name",
                condition=Q(kind__in=["missing_event", "fee", "timing", "amount", "unknown"]),
            ),
            models.CheckConstraint(
                name="break_is_about_something",
                condition=Q(object_type__in=["charge", "transfer", "payout", "movement", "account"])
                & ~Q(object_id=""),
            ),
            models.CheckConstraint(
                name="break_is_a_difference", condition=~Q(expected_minor=F("found_minor"))
            ),
            models.CheckConstraint(
                name="break_ends_after_it_began",
                condition=Q(last_seen_at__gte=F("first_seen_at"))
                & (Q(resolved_at__isnull=True) | Q(resolved_at__gte=F("first_seen_at"))),
            ),
            models.CheckConstraint(
                name="break_is_explained_by_name",
                condition=Q(explained_by__isnull=True, reason="")
                | (Q(explained_by__isnull=False, resolved_at__isnull=False) & ~Q(reason="")),
            ),
        ]
        indexes = [
            models.Index(name="break_open", fields=["kind", "id"], condition=Q(resolved_at__isnull=True)),
            models.Index(name="break_by_object", fields=["object_id"]),
            models.Index(
                name="break_explained",
                fields=["account_id"],
                condition=Q(explained_by__isnull=False) & ~Q(account_id=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_type} {self.object_id}"
