"""Money out: what a seller has earned, and the dated schedules that will pay it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import RawSQL


class Earning(models.Model):
    """What a seller is owed for one payment. The payment is named by its id, since it lives upstairs.

    `status` is what the seller's payout line shows: pending until the bank has the money.
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
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency} for {self.seller_id}"


class ConnectedAccount(models.Model):
    """A seller's account at Stripe, as Stripe last told it. Bank and identity never pass through us.

    `told_at` is when Stripe said so: an older word never overwrites a newer one.
    """

    seller = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="connected_account")
    stripe_account_id = models.CharField(max_length=255, unique=True, null=True)
    details_submitted = models.BooleanField(default=False)
    payouts_enabled = models.BooleanField(default=False)
    transfers_active = models.BooleanField(default=False)
    manual_payouts = models.BooleanField(default=False)
    requirements = models.JSONField(default=list)
    disabled_reason = models.CharField(max_length=100, blank=True, default="")
    bank_account_id = models.CharField(max_length=255, blank=True, default="")
    bank_last4 = models.CharField(max_length=4, blank=True, default="")
    bank_country = models.CharField(max_length=2, blank=True, default="")
    bank_changed_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.stripe_account_id or f"account of {self.seller_id}"


class PayoutSchedule(models.Model):
    """What a seller will be paid in one currency on one bank day. While `scheduled` it takes more items."""

    class State(models.TextChoices):
        SCHEDULED = "scheduled"
        HELD = "held"
        SENDING = "sending"
        TRANSFERRED = "transferred"
        IN_TRANSIT = "in_transit"
        PAID = "paid"
        RETURNED = "returned"
        CANCELED = "canceled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.BigIntegerField(
        unique=True, db_default=RawSQL("nextval('payout_number')", ()), editable=False
    )
    seller = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="payout_schedules")
    currency = models.CharField(max_length=3)
    scheduled_date = models.DateField()
    state = models.CharField(max_length=11, choices=State.choices, default=State.SCHEDULED)
    reason = models.TextField(blank=True, default="")
    total_minor = models.BigIntegerField()
    item_count = models.PositiveIntegerField()
    attempt = models.PositiveSmallIntegerField(default=0)
    destination_account = models.CharField(max_length=255, blank=True, default="")
    destination_bank = models.CharField(max_length=255, blank=True, default="")
    stripe_payout_id = models.CharField(max_length=255, unique=True, null=True)
    arrives_on = models.DateField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_open_schedule_a_day",
                fields=["seller", "currency", "scheduled_date"],
                condition=Q(state="scheduled"),
            ),
            models.CheckConstraint(name="schedule_pays_something", condition=Q(total_minor__gt=0)),
            models.CheckConstraint(
                name="schedule_on_its_way_has_its_payout",
                condition=~Q(state__in=["in_transit", "paid"]) | Q(stripe_payout_id__isnull=False),
            ),
            models.CheckConstraint(
                name="schedule_reserved_has_its_destination",
                condition=~Q(state__in=["sending", "transferred", "in_transit", "paid", "returned"])
                | (~Q(destination_account="") & ~Q(destination_bank="")),
            ),
            models.CheckConstraint(name="schedule_has_items", condition=Q(item_count__gt=0)),
        ]
        indexes = [
            models.Index(name="schedule_by_seller", fields=["seller", "-number"]),
            models.Index(name="schedule_due", fields=["scheduled_date"], condition=Q(state="scheduled")),
        ]

    def __str__(self) -> str:
        return f"PO-{self.number}"


class PayoutItem(models.Model):
    """One earning, or the part of it that a reserve gave back, on one schedule.

    At most one item of an (earning, part) is live: what is on a schedule is on no other. The amounts
    are fixed when the item is reserved.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        RESERVED = "reserved"
        TRANSFERRED = "transferred"
        PAID = "paid"
        DROPPED = "dropped"
        SETTLED = "settled"

    class Part(models.TextChoices):
        SALE = "sale"
        RESERVE_RELEASE = "reserve_release"

    earning = models.ForeignKey(Earning, models.PROTECT, related_name="items")
    part = models.CharField(max_length=15, choices=Part.choices, default=Part.SALE)
    schedule = models.ForeignKey(PayoutSchedule, models.PROTECT, related_name="items")
    state = models.CharField(max_length=11, choices=State.choices, default=State.WAITING)
    stripe_transfer_id = models.CharField(max_length=255, unique=True, null=True)
    reason = models.TextField(blank=True, default="")
    gross_minor = models.BigIntegerField()
    refunded_minor = models.BigIntegerField(default=0)
    contested_minor = models.BigIntegerField(default=0)
    netted_minor = models.BigIntegerField(default=0)
    net_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_live_item", fields=["earning", "part"], condition=~Q(state="dropped")
            ),
            models.CheckConstraint(
                name="item_transferred_has_its_transfer",
                condition=Q(state__in=["transferred", "paid"], stripe_transfer_id__isnull=False)
                | (~Q(state__in=["transferred", "paid"]) & Q(stripe_transfer_id__isnull=True)),
            ),
            models.CheckConstraint(
                name="item_adds_up",
                condition=Q(
                    net_minor=F("gross_minor")
                    - F("refunded_minor")
                    - F("contested_minor")
                    - F("netted_minor")
                ),
            ),
            models.CheckConstraint(
                name="item_not_negative",
                condition=Q(
                    gross_minor__gte=0,
                    refunded_minor__gte=0,
                    contested_minor__gte=0,
                    netted_minor__gte=0,
                    net_minor__gte=0,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.part} of {self.earning_id}: {self.net_minor}"
