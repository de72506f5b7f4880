"""The dated schedules, what is on them, and each attempt to bring one to the bank."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import RawSQL

from payouts.models.earnings import Earning


class PayoutAttempt(models.Model):
    """One payout at Stripe: of one schedule, or of several where the first alone was too small.

    Amount and destination are frozen when it is written; `open` until Stripe's answer is definite.
    """

    class State(models.TextChoices):
        OPEN = "open"
        REFUSED = "refused"
        IN_TRANSIT = "in_transit"
        PAID = "paid"
        RETURNED = "returned"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    seller = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="payout_attempts")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    destination_account = models.CharField(max_length=255)
    destination_bank = models.CharField(max_length=255)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    stripe_payout_id = models.CharField(max_length=255, unique=True, null=True)
    arrives_on = models.DateField(null=True)
    failure_code = models.CharField(max_length=80, blank=True, default="")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="attempt_pays_something", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="attempt_made_has_its_payout",
                condition=Q(state__in=["open", "refused"], stripe_payout_id__isnull=True)
                | Q(state__in=["in_transit", "paid", "returned"], stripe_payout_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.stripe_payout_id or f"attempt {self.pk}"


class PayoutSchedule(models.Model):
    """What a seller will be paid in one currency on one bank day. While `scheduled` it takes more items.

    One that is closed takes no more: it was held once, or made by an operator (`chosen_by`) of chosen
    lines. The database knows which state may follow which.
    """

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
    seller = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="payout_schedules", db_index=False
    )
    currency = models.CharField(max_length=3)
    scheduled_date = models.DateField()
    state = models.CharField(max_length=11, choices=State.choices, default=State.SCHEDULED)
    reason = models.TextField(blank=True, default="")
    total_minor = models.BigIntegerField()
    item_count = models.PositiveIntegerField()
    attempt = models.PositiveSmallIntegerField(default=0)
    destination_account = models.CharField(max_length=255, blank=True, default="")
    destination_bank = models.CharField(max_length=255, blank=True, default="")
    payout = models.ForeignKey(PayoutAttempt, models.PROTECT, null=True, related_name="schedules")
    returns = models.PositiveSmallIntegerField(default=0)
    retry_on = models.DateField(null=True)
    chosen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="chosen_schedules"
    )
    is_closed = models.BooleanField(default=False)
    is_being_reversed = models.BooleanField(default=False)
    is_forced_early = models.BooleanField(default=False)
    notes = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_open_schedule_a_day",
                fields=["seller", "currency", "scheduled_date"],
                condition=Q(state="scheduled", is_closed=False),
            ),
            models.CheckConstraint(
                name="schedule_pays_something", condition=Q(total_minor__gt=0) | Q(state="canceled")
            ),
            models.CheckConstraint(
                name="schedule_on_its_way_has_its_payout",
                condition=~Q(state__in=["in_transit", "paid"]) | Q(payout__isnull=False),
            ),
            models.CheckConstraint(
                name="schedule_reserved_has_its_destination",
                condition=~Q(state__in=["sending", "transferred", "in_transit", "paid", "returned"])
                | (~Q(destination_account="") & ~Q(destination_bank="")),
            ),
            models.CheckConstraint(
                name="schedule_has_items", condition=Q(item_count__gt=0) | Q(state="canceled")
            ),
            models.CheckConstraint(
                name="schedule_forced_by_somebody",
                condition=Q(is_forced_early=False) | Q(chosen_by__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="schedule_by_seller", fields=["seller", "-number"]),
            models.Index(
                name="schedule_open",
                fields=["state"],
                condition=Q(
                    state__in=["scheduled", "held", "sending", "transferred", "in_transit", "returned"]
                ),
            ),
            models.Index(
                name="schedule_ended",
                fields=["created_at", "state"],
                condition=Q(state__in=["paid", "canceled"]),
            ),
            models.Index(name="schedule_due", fields=["scheduled_date"], condition=Q(state="scheduled")),
            models.Index(
                name="schedule_under_way",
                fields=["scheduled_date", "number"],
                condition=Q(state__in=["sending", "transferred", "returned", "held"]),
            ),
            models.Index(
                name="schedule_at_stripe", fields=["updated_at"], condition=~Q(destination_account="")
            ),
        ]

    def __str__(self) -> str:
        return f"PO-{self.number}"

    @property
    def stripe_payout_id(self) -> str | None:
        """Stripe's id of the newest payout that was made of it."""
        return self.payout.stripe_payout_id if self.payout else None


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
