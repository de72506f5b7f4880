"""Stripe's lists, a page at a time, as they come: making the SDK's objects costs more than all the rest."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar

from gateway.client import StripeAway, acting_as, ask, stripe_client
from gateway.facts import NotReadable

PAGE = 100
T = TypeVar("T")


def read_list(
    path: str,
    read: Callable[[Any], T],
    *,
    account_id: str | None = None,
    since: datetime | None = None,
    **asked: Any,
) -> Iterator[list[T]]:
    """Each page of the list at that path, with the parameters `asked`, read; newest first.

    With `since` only what was made from then on.

    Raises:
        StripeAway: no answer, or one that could not be read.
        StripeRefused: see there.
    """
    if since is not None:
        asked["created"] = {"gte": int(since.timestamp())}
    place: dict[str, Any] = {"limit": PAGE}
    while True:
        page = _page(path, {**asked, **place, **acting_as(account_id)})
        try:
            found = [read(told) for told in page["data"]]
            is_last = not page["has_more"]
            if not is_last:
                place = {"limit": PAGE, "starting_after": str(page["data"][-1]["id"])}
        except (LookupError, TypeError, ValueError, NotReadable) as amiss:
            raise StripeAway(f"Stripe's list {path} could not be read: {amiss}") from amiss
        yield found
        if is_last:
            return


def each_of(path: str, *, account_id: str | None = None, **asked: Any) -> Iterator[Mapping[str, Any]]:
    """All that the list has, one after the other.

    Raises:
        StripeAway, StripeRefused: see `read_list`.
    """
    for page in read_list(path, dict, account_id=account_id, **asked):
        yield from page


def _page(path: str, asked: dict[str, Any]) -> Any:
    return ask(lambda: stripe_client().raw_request("get", path, **asked).data)
