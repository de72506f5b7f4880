"""What the audit found, and when it last found nothing."""

from django.db import models


class Audit(models.Model):
    """The last look of a kind: `full` at everything, `fresh` at what changed since the look before.

    `findings` has, by the number of an invariant, what breaks it now. `journal_id` is the newest journal that
    was seen. One with a lower number may have been committed after that, so the next fresh look begins behind
    `earlier_journal_id`, which was the newest of the look before.
    """

    kind = models.CharField(max_length=5, unique=True)
    looked_at = models.DateTimeField()
    passed_at = models.DateTimeField(null=True)
    took_ms = models.PositiveIntegerField()
    journal_id = models.BigIntegerField()
    earlier_journal_id = models.BigIntegerField()
    findings = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.kind} audit of {self.looked_at}"
