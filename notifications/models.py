"""Letters: what each person is told of what happened."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from events.models import Event


class Topic(models.TextChoices):
    """What a person may do without by mail."""

    AUCTIONS = "auctions"
    REMINDERS = "reminders"
    PAYOUTS = "payouts"


class Letter(models.Model):
    """One line of the diary, told to one person on one channel, in the words of when it was written.

    `waiting` is sent once `next_at` has come, `unwanted` is kept and not sent. `failure` names the class of
    what stopped the last try, never its text, in which people's data may stand. `key` is the same in every
    repetition that is sent. Without a `topic` its reader cannot do without it.
    """

    class Channel(models.TextChoices):
        EMAIL = "email"

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        FAILED = "failed"
        UNWANTED = "unwanted"

    event = models.ForeignKey(Event, models.PROTECT, related_name="letters", db_index=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="letters", db_index=False
    )
    topic = models.CharField(max_length=9, choices=Topic.choices, blank=True, default="")
    channel = models.CharField(max_length=5, choices=Channel.choices, default=Channel.EMAIL)
    key = models.UUIDField(unique=True, default=uuid.uuid4)
    address = models.CharField(max_length=254)
    language = models.CharField(max_length=2)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    written_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_letter_an_event_and_person", fields=["event", "person", "channel"]
            ),
            models.CheckConstraint(
                name="letter_sent_has_its_time",
                condition=Q(state="sent", sent_at__isnull=False)
                | (~Q(state="sent") & Q(sent_at__isnull=True)),
            ),
            models.CheckConstraint(name="letter_says_something", condition=~Q(subject="") & ~Q(text="")),
        ]
        indexes = [
            models.Index(name="letter_waiting", fields=["next_at", "id"], condition=Q(state="waiting")),
            models.Index(name="letters_of_a_person", fields=["person", "id"]),
        ]

    def __str__(self) -> str:
        return f"letter {self.pk} of event {self.event_id}"


class Preference(models.Model):
    """Whether a person wants letters on a topic. Who never said gets them."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    topic = models.CharField(max_length=9, choices=Topic.choices)
    is_wanted = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_preference_a_topic", fields=["person", "topic"]),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {'wants' if self.is_wanted else 'does without'} {self.topic}"


class Bookmark(models.Model):
    """How far the diary is done with: no line up to `read_up_to` is looked at again. There is one.

    `seen_up_to` was the newest line at `seen_at`; once no transaction of that time can still be open, it is
    what is done with.
    """

    read_up_to = models.BigIntegerField()
    seen_up_to = models.BigIntegerField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="one_bookmark", condition=Q(id=1))]

    def __str__(self) -> str:
        return f"read up to {self.read_up_to}"
