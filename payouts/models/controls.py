"""What keeps money where it is, and who said so."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class Hold(models.Model):
    """One schedule is held, or all that a seller has; released by name, or by its own approval."""

    class Kind(models.TextChoices):
        OPERATOR = "operator"
        APPROVAL = "approval"
        PAUSE = "pause"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    seller = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="payout_holds")
    schedule = models.ForeignKey("PayoutSchedule", models.PROTECT, null=True, related_name="holds")
    reason = models.TextField()
    placed_at = models.DateTimeField()
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="placed_holds"
    )
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="released_holds"
    )
    release_reason = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_open_hold_of_a_kind",
                fields=["seller", "schedule", "kind"],
                condition=Q(released_at__isnull=True),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="hold_is_released_by_name",
                condition=Q(released_at__isnull=True, released_by__isnull=True)
                | Q(released_at__isnull=False, released_by__isnull=False),
            ),
            models.CheckConstraint(
                name="hold_pause_is_the_sellers",
                condition=Q(kind="pause", schedule__isnull=True) | ~Q(kind="pause"),
            ),
        ]
        indexes = [
            models.Index(name="hold_by_schedule", fields=["schedule"], condition=Q(released_at__isnull=True))
        ]

    def __str__(self) -> str:
        return f"{self.kind} hold of {self.seller_id}"


class Breaker(models.Model):
    """Payouts were stopped as a whole; nothing is reserved or sent until an operator releases it by name."""

    cause = models.CharField(max_length=40)
    reason = models.TextField()
    tripped_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="released_breakers"
    )
    release_reason = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_open_breaker_a_cause", fields=["cause"], condition=Q(released_at__isnull=True)
            ),
            models.CheckConstraint(
                name="breaker_is_released_by_name",
                condition=Q(released_at__isnull=True, released_by__isnull=True)
                | Q(released_at__isnull=False, released_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cause}: {self.reason}"
