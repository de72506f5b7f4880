"""The API's own webhook endpoints. Their secret is shown once, when they are made."""

from typing import Any

from sandbox.calls import Call, Operation, takes
from sandbox.contract import API_VERSION
from sandbox.errors import invalid, not_supported
from sandbox.identities import new_id, random_letters
from sandbox.listing import PAGE, list_objects
from sandbox.metadata import merged, unset_if_empty

LOCAL = ("http://", "https://")


def create_webhook_endpoint(call: Call) -> dict[str, Any]:
    """An endpoint; unlike Stripe, plain http is taken, for what runs on this machine."""
    sent = call.parameters
    endpoint = {
        "id": new_id("we"),
        "object": "webhook_endpoint",
        "api_version": _checked_version(sent.get("api_version")),
        "application": None,
        "created": call.now,
        "description": unset_if_empty(sent.get("description")),
        "enabled_events": sent["enabled_events"],
        "livemode": False,
        "metadata": merged({}, sent.get("metadata")),
        "status": "enabled",
        "url": _checked_url(sent["url"]),
    }
    private = {"secret": f"whsec_{random_letters(32)}", "connect": bool(sent.get("connect"))}
    call.store.insert(account=call.account, data=endpoint, private=private)
    return {**endpoint, "secret": private["secret"]}


def _checked_version(version: str | None) -> str | None:
    """Events are told in one version only."""
    if version not in (None, API_VERSION):
        raise not_supported("api_version")
    return version


def _checked_url(url: str) -> str:
    if not url.startswith(LOCAL):
        raise invalid(
            "Invalid URL: an address with http:// or https:// is needed.", param="url", code="url_invalid"
        )
    return url


def retrieve_webhook_endpoint(call: Call) -> dict[str, Any]:
    """One endpoint, without its secret."""
    return call.find("webhook_endpoint").data


def update_webhook_endpoint(call: Call) -> dict[str, Any]:
    """Change what was sent; `disabled` stops and starts it."""
    before, sent = call.find("webhook_endpoint").data, call.parameters
    after = {**before, "metadata": merged(before["metadata"], sent.get("metadata"))}
    if "description" in sent:
        after["description"] = unset_if_empty(sent["description"])
    if "enabled_events" in sent:
        after["enabled_events"] = sent["enabled_events"]
    if "url" in sent:
        after["url"] = _checked_url(sent["url"])
    if "disabled" in sent:
        after["status"] = "disabled" if sent["disabled"] else "enabled"
    call.store.save(after)
    return after


def list_webhook_endpoints(call: Call) -> dict[str, Any]:
    """Newest first."""
    return list_objects(call, "webhook_endpoint")


def delete_webhook_endpoint(call: Call) -> dict[str, Any]:
    """For good; what had not been delivered to it never is."""
    endpoint = call.find("webhook_endpoint").data
    call.store.execute("DELETE FROM objects WHERE id = ?", (endpoint["id"],))
    call.store.execute(
        "UPDATE deliveries SET state = 'gone' WHERE endpoint = ? AND state = 'waiting'", (endpoint["id"],)
    )
    return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}


CHANGED = ("description", "enabled_events", "metadata", "url")
OPERATIONS = [
    Operation(
        "POST", "/v1/webhook_endpoints", create_webhook_endpoint, takes(*CHANGED, "connect", "api_version")
    ),
    Operation("GET", "/v1/webhook_endpoints", list_webhook_endpoints, takes(*PAGE)),
    Operation("GET", "/v1/webhook_endpoints/{id}", retrieve_webhook_endpoint, takes()),
    Operation("POST", "/v1/webhook_endpoints/{id}", update_webhook_endpoint, takes(*CHANGED, "disabled")),
    Operation("DELETE", "/v1/webhook_endpoints/{id}", delete_webhook_endpoint),
]
