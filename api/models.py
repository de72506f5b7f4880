"""What clients asked under a key of their own."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class KeyedRequest(models.Model):
    """One POST under an Idempotency-Key, kept for a day. Its answer holds no secret.

    `running` while the first request is at work, in PostgreSQL's `session` of that number; `status` once it
    was answered. `answer` is empty where the answer is made anew each time.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    path = models.CharField(max_length=255)
    key = models.CharField(max_length=255)
    body_hash = models.CharField(max_length=64)
    started_at = models.DateTimeField(db_index=True)
    running = models.BooleanField(default=True)
    session = models.IntegerField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="key_once_a_user_and_path", fields=["user", "path", "key"]),
            models.CheckConstraint(
                name="running_is_not_answered", condition=Q(running=False) | Q(status__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.path} {self.key}"
