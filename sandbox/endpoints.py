"""Where events go: the addresses a control named, and the API's own webhook endpoints."""

import json
from typing import Any

from sandbox.calls import PLATFORM
from sandbox.store import Store

CONFIGURED = "webhook_endpoints"


def endpoints_for(store: Store, *, account: str, kind: str) -> list[dict[str, Any]]:
    """The endpoints that want this kind of event of this account."""
    return [
        endpoint
        for endpoint in all_endpoints(store)
        if endpoint["enabled"] and _wants(endpoint, kind) and _hears(endpoint, account)
    ]


def all_endpoints(store: Store) -> list[dict[str, Any]]:
    """Each as id, url, secret, connect, enabled_events, account, enabled."""
    rows = store.execute("SELECT account, data, private FROM objects WHERE type = 'webhook_endpoint'")
    return [*_configured(store), *(_of_the_api(*row) for row in rows.fetchall())]


def _configured(store: Store) -> list[dict[str, Any]]:
    return [
        {"account": PLATFORM, "enabled": True, "id": f"{one['url']} {one['connect']}", **one}
        for one in store.setting(CONFIGURED, [])
    ]


def _of_the_api(account: str, data: str, private: str) -> dict[str, Any]:
    shown = json.loads(data)
    return {
        "id": shown["id"],
        "url": shown["url"],
        "enabled_events": shown["enabled_events"],
        "enabled": shown["status"] == "enabled",
        "account": account,
        **json.loads(private),
    }


def _wants(endpoint: dict[str, Any], kind: str) -> bool:
    return "*" in endpoint["enabled_events"] or kind in endpoint["enabled_events"]


def _hears(endpoint: dict[str, Any], account: str) -> bool:
    """A connect endpoint hears the other accounts, the others hear their own."""
    own: bool = endpoint["account"] == account
    return not own if endpoint["connect"] else own
