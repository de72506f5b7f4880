"""Reading the diary."""

from collections.abc import Iterable

from events.models import Event


def stories_of(subject_type: str, subject_ids: Iterable[object]) -> dict[str, list[Event]]:
    """Every line about each thing, oldest first, by the thing's id; one statement for all."""
    stories: dict[str, list[Event]] = {str(subject_id): [] for subject_id in subject_ids}
    lines = Event.objects.filter(subject_type=subject_type, subject_id__in=list(stories))
    for event in lines.order_by("id"):
        stories[event.subject_id].append(event)
    return stories
