"""What Stripe knows of us: the addresses it tells, and that it does not pay our balance out by itself."""

from collections.abc import Iterator

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from config.readiness.findings import Finding, not_ready, not_told, ready, verdict
from config.worker import ALL_HANDLERS
from gateway.client import API_VERSION, StripeAway, StripeRefused
from gateway.webhook_endpoints import EndpointFacts, list_webhook_endpoints
from treasury.platform import check_platform_is_manual

OF_ACCOUNTS, OF_BOTH = "account.", "payout."
TYPES_OF_CONNECTED = frozenset(kind for kind in ALL_HANDLERS if kind.startswith((OF_ACCOUNTS, OF_BOTH)))
TYPES_OF_OUR_OWN = frozenset(kind for kind in ALL_HANDLERS if not kind.startswith(OF_ACCOUNTS))


def payouts_of_our_own() -> Iterator[Finding]:
    """Sellers' money lies in our balance. If Stripe would empty it, this look stops payouts."""
    try:
        is_manual = check_platform_is_manual(at=timezone.now())
    except (StripeAway, StripeRefused) as unanswered:
        yield not_ready(f"Whether our own payouts are manual is not known. {unanswered}")
        return
    yield verdict(
        is_manual,
        "Stripe answers to our key, and our own account is on manual payouts.",
        "Stripe pays our own account out by itself, sellers' money with it: set its payouts to manual.",
    )


def endpoints() -> Iterator[Finding]:
    """Each of our two addresses is known at Stripe, enabled, and told of all that we handle."""
    try:
        known = {endpoint.url: endpoint for endpoint in list_webhook_endpoints()}
    except (StripeAway, StripeRefused) as unanswered:
        yield not_ready(f"Which webhook endpoints Stripe knows is not known. {unanswered}")
        return
    yield from _endpoint("stripe-webhook", TYPES_OF_OUR_OWN, known)
    if settings.STRIPE_CONNECT_WEBHOOK_SECRETS:
        yield from _endpoint("stripe-connect-webhook", TYPES_OF_CONNECTED, known)


def _endpoint(name: str, wanted: frozenset[str], known: dict[str, EndpointFacts]) -> Iterator[Finding]:
    ours = _addresses(reverse(name))
    endpoint = next((known[url] for url in ours if url in known), None)
    if endpoint is None and settings.SANDBOX_WORLD:
        yield not_told(f"No endpoint at {ours[0]}: the demo tells its sandbox by another way.")
    elif endpoint is None:
        yield not_ready(f"Stripe knows no webhook endpoint at {' or '.join(ours) or 'a host of ours'}.")
    else:
        yield from _of_known(endpoint, wanted)


def _of_known(endpoint: EndpointFacts, wanted: frozenset[str]) -> Iterator[Finding]:
    if not endpoint.enabled:
        yield not_ready(f"The webhook endpoint at {endpoint.url} is disabled at Stripe.")
    elif lacking := endpoint.lacks(wanted):
        yield not_ready(f"The webhook endpoint at {endpoint.url} is not told of {', '.join(lacking)}.")
    else:
        yield ready(f"Stripe tells {endpoint.url} of all that we handle.")
    if endpoint.api_version not in ("", API_VERSION):
        yield not_ready(
            f"{endpoint.url} is told in API version {endpoint.api_version}; ours is {API_VERSION}."
        )


def _addresses(path: str) -> list[str]:
    """Where the address may be known: at each host of ours; a dot before a host stands for any below it."""
    if settings.SANDBOX_WORLD:
        port = settings.ENVIRONMENT.port
        return [f"http://{host}:{port}{path}" for host in settings.ALLOWED_HOSTS if host != "*"]
    return [f"https://{host.lstrip('.')}{path}" for host in settings.ALLOWED_HOSTS if host != "*"]
