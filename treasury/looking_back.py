"""How far back a poller looks in a list of Stripe's, newest first.

Each time until a page that lies before its last look and brings nothing new; now and then as far as anything
may have become visible late. So what a look costs grows with what is new, not with what happened lately.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TypeVar

from treasury.models import Watermark

# What becomes visible later than what is younger, does so within this.
OVERLAP = timedelta(minutes=15)
LOOKS_AT_ALL_EVERY = timedelta(minutes=5)
# The mark goes on between two looks at all, and a poll has its rest.
BACK = OVERLAP + LOOKS_AT_ALL_EVERY + timedelta(minutes=2)
T = TypeVar("T")


def look_back(
    poller: str,
    pages: Iterable[list[T]],
    keep: Callable[[list[T], datetime], int],
    *,
    made_at: Callable[[T], datetime],
    mark: datetime,
    seen_upto: datetime,
    at: datetime,
) -> tuple[int, datetime]:
    """Keep page after page; answers how many things were new, and when the newest was made, or the mark.

    `keep` gets a page and the newest so far, and answers how many were new. What was made before `seen_upto`
    was there at the last look. A look at all that does not come to its end is still due.
    """
    kept, newest = 0, mark
    at_all = _is_time_for_all(poller, at=at)
    for page in pages:
        newest_here = max(map(made_at, page), default=mark)
        newest = max(newest, newest_here)
        fresh = keep(page, newest)
        kept += fresh
        if not (at_all or fresh) and newest_here < seen_upto:
            break
    if at_all:
        looked_at_all(poller, at=at)
    return kept, newest


def looked_at_all(poller: str, *, at: datetime) -> None:
    """It has looked as far as anything may have come late."""
    Watermark.objects.update_or_create(name=_place(poller), defaults={"at": at})


def last_look_at_all(poller: str) -> datetime | None:
    """When it last looked so far; None if it never did."""
    return Watermark.objects.filter(name=_place(poller)).values_list("at", flat=True).first()


def _is_time_for_all(poller: str, *, at: datetime) -> bool:
    lately = Watermark.objects.filter(name=_place(poller), at__gt=at - LOOKS_AT_ALL_EVERY, at__lte=at)
    return not lately.exists()


def _place(poller: str) -> str:
    return f"all:{poller}"
