"""What the audit found, when it last found nothing, and the seals on the books and the diary."""

from django.db import models
from django.db.models import Q


class Audit(models.Model):
    """The last look of a kind: `full` at everything, `fresh` at what changed since the look before.

    `findings` has, by the number of an invariant, what breaks it now. `journal_id` is the newest journal that
    was seen. One with a lower number may have been committed after that, so the next fresh look begins behind
    `earlier_journal_id`, which was the newest of the look before. Seals are made one after the other, so the
    next fresh look begins behind `seal_id`.
    """

    kind = models.CharField(max_length=5, unique=True)
    looked_at = models.DateTimeField()
    passed_at = models.DateTimeField(null=True)
    took_ms = models.PositiveIntegerField()
    journal_id = models.BigIntegerField()
    earlier_journal_id = models.BigIntegerField()
    seal_id = models.BigIntegerField(default=0)
    findings = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.kind} audit of {self.looked_at}"


class Seal(models.Model):
    """A link of the chain: SHA-256 over the link before and every column of one row. Never changed.

    `id` counts from 1 without a gap. `source` and `row_id` name the row; `written_in` is the number of the
    transaction that wrote it, in whose order rows are sealed.
    """

    class Source(models.TextChoices):
        EVENT = "event"
        JOURNAL = "journal"
        POSTING = "posting"

    id = models.BigIntegerField(primary_key=True)
    source = models.CharField(max_length=7, choices=Source.choices)
    row_id = models.BigIntegerField()
    written_in = models.BigIntegerField()
    hash = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="row_sealed_once", fields=["source", "row_id"]),
            models.CheckConstraint(name="seal_counts_from_one", condition=Q(id__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.id}: {self.source} {self.row_id}"
