"""Events as Stripe keeps them for thirty days, whether a webhook brought them or not."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from typing import Any

from gateway.client import StripeAway, ask, stripe_client

PAGE = 100


def list_events(
    types: Iterable[str], *, since: datetime, account_id: str | None = None
) -> Iterator[list[dict[str, Any]]]:
    """What happened since then of these types (at most twenty), newest first, a page at a time.

    Of a connected account's events each names the account, as its webhook would.

    Raises:
        StripeAway: no answer, or one that could not be read.
        StripeRefused: see there.
    """
    after: str | None = None
    while True:
        page = ask(partial(_page, sorted(types), since, after, account_id))
        try:
            events = [dict(told) for told in page["data"]]
            is_last = not page["has_more"]
            after = after if is_last else str(events[-1]["id"])
        except (LookupError, TypeError, ValueError) as amiss:
            raise StripeAway(f"Stripe's list of events could not be read: {amiss}") from amiss
        yield [event | {"account": account_id} for event in events] if account_id else events
        if is_last:
            return


def _page(types: list[str], since: datetime, after: str | None, account_id: str | None) -> dict[str, Any]:
    asked: dict[str, Any] = {"created": {"gte": int(since.timestamp())}, "types": types, "limit": PAGE}
    if after is not None:
        asked["starting_after"] = after
    options: Any = {"stripe_account": account_id} if account_id else {}
    return stripe_client().v1.events.list(asked, options).to_dict()  # type: ignore[arg-type]
