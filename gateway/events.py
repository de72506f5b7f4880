"""Events as Stripe keeps them for thirty days, whether a webhook brought them or not."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from typing import Any

from gateway.client import acting_as, stripe_client
from gateway.pages import read_pages


def list_events(
    types: Iterable[str], *, since: datetime, account_id: str | None = None
) -> Iterator[list[dict[str, Any]]]:
    """What happened since then of these types (at most twenty), newest first, a page at a time.

    Of a connected account's events each names the account, as its webhook would.

    Raises:
        StripeAway: no answer, or one that could not be read.
        StripeRefused: see there.
    """
    named = {"account": account_id} if account_id else {}
    return read_pages(
        partial(_page, sorted(types), since, account_id), lambda told: dict(told) | named, what="events"
    )


def _page(types: list[str], since: datetime, account_id: str | None, place: dict[str, Any]) -> dict[str, Any]:
    """As it came: an event becomes text again at once, and making objects of it costs more than all the rest."""
    asked = {"created": {"gte": int(since.timestamp())}, "types": types, **place}
    answer = stripe_client().raw_request("get", "/v1/events", **asked, **acting_as(account_id))
    return answer.data  # type: ignore[no-any-return]
