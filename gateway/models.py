"""Every call that makes something at Stripe: written before it is sent, so that none is forgotten."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class StripeCall(models.Model):
    """One attempt at one act at Stripe.

    `sent` may have had its effect; so may `unknown`, whose answer never came or was none. Only `done`
    and `refused` are definite; one that was withdrawn before it was sent is refused too. Parameters and
    key never change: what is sent again is what was written. `written_at` is the database's own clock,
    whatever time the work was done as; `last_sent_at` tells who slept over it that somebody else sent it.
    `first_sent_there_at` had passed at Stripe, by its own clock, when it was sent first; not always known.
    """

    class State(models.TextChoices):
        INTENT = "intent"
        SENT = "sent"
        DONE = "done"
        REFUSED = "refused"
        UNKNOWN = "unknown"

    IN_DOUBT = (State.SENT, State.UNKNOWN)
    OPEN = (State.INTENT, *IN_DOUBT)

    purpose = models.CharField(max_length=40)
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=64)
    attempt = models.PositiveSmallIntegerField(default=1)
    idempotency_key = models.CharField(max_length=255, unique=True)
    params = models.JSONField()
    params_hash = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=State.choices, default=State.INTENT)
    created_at = models.DateTimeField()
    written_at = models.DateTimeField(db_default=Now(), editable=False)
    first_sent_at = models.DateTimeField(null=True)
    last_sent_at = models.DateTimeField(null=True)
    first_sent_there_at = models.DateTimeField(null=True)
    result_id = models.CharField(max_length=255, blank=True, default="")
    http_status = models.PositiveSmallIntegerField(null=True)
    error_code = models.CharField(max_length=80, blank=True, default="")
    request_id = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="call_attempt_once", fields=["purpose", "object_type", "object_id", "attempt"]
            ),
            models.UniqueConstraint(
                name="call_done_once",
                fields=["purpose", "object_type", "object_id"],
                condition=Q(state="done"),
            ),
            models.CheckConstraint(
                name="call_sent_has_its_time",
                condition=Q(state="intent", first_sent_at__isnull=True)
                | Q(state="refused")
                | (~Q(state="intent") & Q(first_sent_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="call_done_has_its_result",
                condition=(Q(state="done") & ~Q(result_id="")) | (~Q(state="done") & Q(result_id="")),
            ),
        ]
        indexes = [
            models.Index(
                name="call_in_doubt", fields=["first_sent_at"], condition=Q(state__in=["sent", "unknown"])
            )
        ]

    def __str__(self) -> str:
        return self.idempotency_key
