"""The addresses at which Stripe tells us what happened, as Stripe knows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.pages import read_list

EVERYTHING = "*"


@dataclass(frozen=True)
class EndpointFacts:
    """One webhook endpoint. `api_version` is empty where the account's own counts; the secret is not told."""

    id: str
    url: str
    enabled: bool
    event_types: frozenset[str]
    api_version: str

    def lacks(self, wanted: frozenset[str]) -> list[str]:
        """Which of these types it is not told of, in order."""
        return [] if EVERYTHING in self.event_types else sorted(wanted - self.event_types)


def list_webhook_endpoints() -> list[EndpointFacts]:
    """All endpoints of our account; Stripe allows a few dozen.

    Raises:
        StripeAway: no answer, or one that could not be read.
        StripeRefused: see there.
    """
    return [endpoint for page in read_list("/v1/webhook_endpoints", _read) for endpoint in page]


def _read(told: Mapping[str, Any]) -> EndpointFacts:
    return EndpointFacts(
        id=str(told["id"]),
        url=str(told["url"]),
        enabled=told["status"] == "enabled",
        event_types=frozenset(map(str, told["enabled_events"])),
        api_version=str(told.get("api_version") or ""),
    )
