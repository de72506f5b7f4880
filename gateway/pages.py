"""Stripe's lists, a page at a time."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar

from gateway.client import StripeAway, ask
from gateway.facts import NotReadable

PAGE = 100
T = TypeVar("T")


def read_pages(
    page_after: Callable[[str | None], dict[str, Any]], read: Callable[[Any], T], *, what: str
) -> Iterator[list[T]]:
    """Each page of a list, read; `page_after` asks for the page behind an id, or for the first.

    Raises:
        StripeAway: no answer, or one that could not be read.
        StripeRefused: see there.
    """
    after: str | None = None
    while True:
        page = ask(partial(page_after, after))
        try:
            found = [read(told) for told in page["data"]]
            is_last = not page["has_more"]
            after = after if is_last else str(page["data"][-1]["id"])
        except (LookupError, TypeError, ValueError, NotReadable) as amiss:
            raise StripeAway(f"Stripe's list of {what} could not be read: {amiss}") from amiss
        yield found
        if is_last:
            return
