"""Stripe's lists, a page at a time."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar

from gateway.client import StripeAway, ask
from gateway.facts import NotReadable

PAGE = 100
T = TypeVar("T")


def read_pages(
    ask_page: Callable[[dict[str, Any]], dict[str, Any]], read: Callable[[Any], T], *, what: str
) -> Iterator[list[T]]:
    """Each page of a list, read; `ask_page` asks for one, with the parameters that say which.

    Raises:
        StripeAway: no answer, or one that could not be read.
        StripeRefused: see there.
    """
    place: dict[str, Any] = {"limit": PAGE}
    while True:
        page = ask(partial(ask_page, place))
        try:
            found = [read(told) for told in page["data"]]
            is_last = not page["has_more"]
            if not is_last:
                place = {"limit": PAGE, "starting_after": str(page["data"][-1]["id"])}
        except (LookupError, TypeError, ValueError, NotReadable) as amiss:
            raise StripeAway(f"Stripe's list of {what} could not be read: {amiss}") from amiss
        yield found
        if is_last:
            return
