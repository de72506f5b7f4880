"""What an operator was shown, and approved."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class PayoutRun(models.Model):
    """A preview of what would leave on a day, kept as it was shown. Its digest covers every line of it.

    `second_needed` says that whoever made it may not approve it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    run_date = models.DateField()
    digest = models.CharField(max_length=64)
    preview = models.JSONField()
    second_needed = models.BooleanField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="made_payout_runs")
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="approved_payout_runs"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="run_is_approved_by_name",
                condition=Q(approved_at__isnull=True, approved_by__isnull=True)
                | Q(approved_at__isnull=False, approved_by__isnull=False),
            ),
            models.CheckConstraint(
                name="run_second_person_is_another",
                condition=Q(second_needed=False) | Q(approved_by__isnull=True) | ~Q(approved_by=F("made_by")),
            ),
        ]
        indexes = [models.Index(name="run_newest", fields=["-made_at"])]

    def __str__(self) -> str:
        return f"run of {self.run_date}"


class PayoutApproval(models.Model):
    """One schedule as it was approved: what leaves is that, or it is held again."""

    run = models.ForeignKey(PayoutRun, models.PROTECT, related_name="approvals")
    schedule = models.ForeignKey("PayoutSchedule", models.PROTECT, related_name="approvals")
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_approval_a_run", fields=["run", "schedule"]),
        ]

    def __str__(self) -> str:
        return f"{self.schedule_id} in {self.run_id}"
