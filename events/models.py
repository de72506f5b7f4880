"""The diary: what happened, to what, when, who did it, and whom it concerns."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Event(models.Model):
    """One line of the diary, never changed. Other rows are named by plain value.

    `id` grows, and yet lines become visible out of order: a reader never takes "id above my last" for
    "everything new".
    """

    kind = models.CharField(max_length=60)
    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    subject_type = models.CharField(max_length=30)
    subject_id = models.CharField(max_length=64)
    audience = ArrayField(models.BigIntegerField(), default=list)
    details = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(name="event_by_subject", fields=["subject_type", "subject_id", "id"]),
            models.Index(name="event_by_act", fields=["kind", "id"], condition=Q(actor_id__isnull=False)),
            models.Index(
                name="event_by_actor", fields=["actor_id", "id"], condition=Q(actor_id__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_type}:{self.subject_id}"
