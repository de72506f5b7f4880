"""Events as Stripe keeps them for thirty days, whether a webhook brought them or not."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from gateway.pages import read_list


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
    return read_list(
        "/v1/events",
        lambda told: dict(told) | named,
        account_id=account_id,
        since=since,
        types=sorted(types),
    )
