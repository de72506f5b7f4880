"""Every message a stranger sent us, once, as it came."""

import json
from functools import cached_property
from typing import Any

from django.db import models
from django.db.models import Q


class Message(models.Model):
    """A message kept before it is believed.

    `received` waits for its effect, `reason` says what stopped the last try. `quarantined` disagrees
    with our books and moves nothing. `dead` failed too often; a person must look.
    """

    class State(models.TextChoices):
        RECEIVED = "received"
        HANDLED = "handled"
        IGNORED = "ignored"
        QUARANTINED = "quarantined"
        DEAD = "dead"

    # A person must look.
    STOPPED = (State.QUARANTINED, State.DEAD)

    endpoint = models.CharField(max_length=20)
    event_id = models.CharField(max_length=255)
    type = models.CharField(max_length=100)
    object_id = models.CharField(max_length=255, blank=True)
    account = models.CharField(max_length=255, blank=True)
    livemode = models.BooleanField()
    api_version = models.CharField(max_length=60, blank=True)
    body = models.BinaryField()
    received_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.RECEIVED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    reason = models.TextField(blank=True, default="")
    handled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="message_kept_once", fields=["endpoint", "event_id"]),
            models.CheckConstraint(
                name="message_handled_has_its_time",
                condition=Q(state="received", handled_at__isnull=True)
                | (~Q(state="received") & Q(handled_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(name="message_ignored", fields=["type"], condition=Q(state="ignored")),
            models.Index(
                name="message_ended",
                fields=["received_at", "state"],
                condition=Q(state__in=["handled", "ignored"]),
            ),
            models.Index(name="message_waiting", fields=["next_at", "id"], condition=Q(state="received")),
            models.Index(
                name="message_stopped", fields=["-id"], condition=Q(state__in=["quarantined", "dead"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"

    @cached_property
    def event(self) -> dict[str, Any]:
        """The body as the sender's event."""
        event: dict[str, Any] = json.loads(bytes(self.body))
        return event

    def quarantine(self, reason: str) -> None:
        """It disagrees with our books: it moves nothing and stays visible. The set's commit keeps it."""
        self.state, self.reason = self.State.QUARANTINED, reason

    def ignore(self, reason: str) -> None:
        """Genuine, and nothing to us. The set's commit keeps it."""
        self.state, self.reason = self.State.IGNORED, reason
