"""Foreign keys point down and protect what they point at."""

from collections.abc import Iterable

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.test.utils import isolate_apps

from tests.house.floors import MAY_LOOK_AT

Key = models.ForeignKey


def keys_of(some: Iterable[type[models.Model]]) -> list[Key]:
    return [field for model in some for field in model._meta.get_fields() if isinstance(field, Key)]


def wrong_keys(keys: Iterable[Key]) -> list[str]:
    """Keys that point up or sideways, and keys that let go of what they point at."""
    found = []
    for key in keys:
        here, there = key.model._meta.app_label, key.related_model._meta.app_label
        if there in MAY_LOOK_AT and there not in MAY_LOOK_AT[here] | {here}:
            found.append(f"{key} points from {here} to {there}")
        if key.remote_field.on_delete is not models.PROTECT:
            found.append(f"{key} does not protect")
    return found


def test_every_key_of_every_room_points_down_and_protects() -> None:
    own = [model for model in apps.get_models() if model._meta.app_label in MAY_LOOK_AT]

    assert own
    assert wrong_keys(keys_of(own)) == []


@isolate_apps("ledger", "payments", "people")
def test_a_key_that_points_up_or_lets_go_is_seen() -> None:
    class Above(models.Model):
        class Meta:
            app_label = "payments"

    class Below(models.Model):
        above = models.ForeignKey(Above, models.PROTECT)
        kind = models.ForeignKey(ContentType, models.CASCADE)
        other = models.ForeignKey("self", models.SET_NULL, null=True)

        class Meta:
            app_label = "ledger"

    assert [sentence.split(" ", 1)[1] for sentence in wrong_keys(keys_of([Below]))] == [
        "points from ledger to payments",
        "does not protect",
        "does not protect",
    ]
