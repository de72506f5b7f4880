"""Reading the diary."""

from events.models import Event


def story_of(subject_type: str, subject_id: object) -> list[Event]:
    """Every line about one thing, oldest first."""
    return list(Event.objects.filter(subject_type=subject_type, subject_id=str(subject_id)).order_by("id"))
