"""When a seller's money leaves."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class PayoutPolicy(models.Model):
    """One version of how payouts are timed: of one seller, or, without one, of the platform.

    Versions are added and never changed. The newest of the seller counts, else the newest of the
    platform. Minimums are amounts in the smallest unit by currency; the reserve keeps `reserve_bp` basis
    points of each sale for `reserve_days`. `redated_at` is when what waited had got its new days.
    """

    class Interval(models.TextChoices):
        DAILY = "daily"
        WEEKLY = "weekly"
        MONTHLY = "monthly"
        MANUAL = "manual"

    seller = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="payout_policies"
    )
    interval = models.CharField(max_length=7, choices=Interval.choices, default=Interval.DAILY)
    weekday = models.PositiveSmallIntegerField(null=True)
    month_day = models.PositiveSmallIntegerField(null=True)
    delay_days = models.PositiveSmallIntegerField(default=7)
    minimums_minor = models.JSONField(default=dict)
    reserve_bp = models.PositiveSmallIntegerField(default=0)
    reserve_days = models.PositiveSmallIntegerField(default=0)
    reason = models.TextField(blank=True, default="")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="made_payout_policies"
    )
    made_at = models.DateTimeField()
    redated_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="policy_weekly_has_its_day",
                condition=Q(interval="weekly", weekday__lte=4, weekday__isnull=False)
                | (~Q(interval="weekly") & Q(weekday__isnull=True)),
            ),
            models.CheckConstraint(
                name="policy_monthly_has_its_day",
                condition=Q(interval="monthly", month_day__range=(1, 31), month_day__isnull=False)
                | (~Q(interval="monthly") & Q(month_day__isnull=True)),
            ),
            models.CheckConstraint(name="policy_delay_in_bounds", condition=Q(delay_days__lte=75)),
            models.CheckConstraint(
                name="policy_reserve_in_bounds",
                condition=Q(reserve_bp=0, reserve_days=0)
                | Q(reserve_bp__range=(1, 5_000), reserve_days__range=(1, 75)),
            ),
        ]
        indexes = [
            models.Index(name="policy_newest", fields=["seller", "-id"]),
            models.Index(name="policy_not_redated", fields=["id"], condition=Q(redated_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.interval}, {self.delay_days} days"
