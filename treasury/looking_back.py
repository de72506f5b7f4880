"""How far back a poller looks in a list of Stripe's, newest first.

Each time until a page that lies before its last look and brings nothing new; now and then as far as anything
may have become visible late. So what a look costs grows with what is new, not with what happened lately.
"""

from datetime import datetime, timedelta

from treasury.models import Watermark

# What becomes visible later than what is younger, does so within this.
OVERLAP = timedelta(minutes=15)
LOOKS_AT_ALL_EVERY = timedelta(minutes=5)
# The mark goes on between two looks at all, and a poll has its rest.
BACK = OVERLAP + LOOKS_AT_ALL_EVERY + timedelta(minutes=2)


def looks_at_all(poller: str, *, at: datetime) -> bool:
    """Whether it is time to look back as far as the overlap, whatever is known already."""
    return not Watermark.objects.filter(
        name=_place(poller), at__gt=at - LOOKS_AT_ALL_EVERY, at__lte=at
    ).exists()


def looked_at_all(poller: str, *, at: datetime) -> None:
    """It has looked as far as that."""
    Watermark.objects.update_or_create(name=_place(poller), defaults={"at": at})


def _place(poller: str) -> str:
    return f"all:{poller}"
