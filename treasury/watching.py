"""Watching what is free: while there is less than the cushion, the diary says so, once a day."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from events.recording import record_event
from payouts.solvency import free_minor
from treasury.models import Watermark

EVERY = timedelta(days=1)


def watch_free(*, at: datetime) -> list[str]:
    """Tell of each settlement currency whose free part is under its cushion (0 unless it is set).

    Answers those told of now.
    """
    return [currency for currency in settings.SETTLEMENT_CURRENCIES if _tell(currency, at=at)]


@transaction.atomic
def _tell(currency: str, *, at: datetime) -> bool:
    cushion_minor = settings.FREE_CUSHION_MINOR.get(currency, 0)
    free = free_minor(currency)
    if free >= cushion_minor:
        return False
    told, is_first = Watermark.objects.get_or_create(name=f"free:{currency}", defaults={"at": at})
    again = Watermark.objects.filter(pk=told.pk, at__lte=at - EVERY)
    if not is_first and not again.update(at=at):
        return False
    record_event(
        "platform.free_low",
        subject_type="platform",
        subject_id=currency,
        at=at,
        details={"free_minor": free, "cushion_minor": cushion_minor, "currency": currency},
    )
    return True
