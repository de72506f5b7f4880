"""What happened, told in Stripe's envelope, and the deliveries that follow from it."""

import time
from fnmatch import fnmatchcase
from typing import Any

from sandbox.calls import PLATFORM, Call, Operation, takes
from sandbox.contract import API_VERSION, document
from sandbox.endpoints import endpoints_for
from sandbox.errors import invalid
from sandbox.identities import new_id
from sandbox.listing import PAGE, Filter, equal, list_objects
from sandbox.store import Store

OPEN = "('waiting', 'failed', 'dropped')"


def emit(call: Call, kind: str, thing: dict[str, Any], *, before: dict[str, Any] | None = None) -> None:
    """Keep the event and its deliveries in the transaction of the change itself.

    `before` is the object as it was: for updates, the attributes that differ are told.
    """
    data: dict[str, Any] = {"object": thing}
    if before is not None:
        data["previous_attributes"] = changed_attributes(before, thing)
    endpoints = endpoints_for(call.store, account=call.account, kind=kind)
    event = {
        "id": new_id("evt"),
        "object": "event",
        **({"account": call.account} if call.account != PLATFORM else {}),
        "api_version": API_VERSION,
        "created": call.now,
        "data": data,
        "livemode": False,
        "pending_webhooks": len(endpoints),
        "request": {"id": call.request_id, "idempotency_key": call.idempotency_key},
        "type": kind,
    }
    call.store.insert(account=call.account, data=event)
    due_at = time.time() + call.delivery_delay_ms / 1000
    for endpoint in endpoints:
        call.store.execute(
            "INSERT INTO deliveries (event, endpoint, due_at) VALUES (?, ?, ?)",
            (event["id"], endpoint["id"], due_at),
        )


def changed_attributes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """The old values of what is different now; inside metadata only the keys that differ."""
    changed = {key: value for key, value in before.items() if after.get(key) != value}
    changed |= {key: None for key in after if key not in before}
    if isinstance(changed.get("metadata"), dict):
        old, new = changed["metadata"], after.get("metadata") or {}
        changed["metadata"] = {key: old.get(key) for key in {*old, *new} if old.get(key) != new.get(key)}
    return changed


def with_pending(store: Store, event: dict[str, Any]) -> dict[str, Any]:
    """`pending_webhooks` counts what has not been delivered yet."""
    pending = store.execute(
        f"SELECT count(*) FROM deliveries WHERE event = ? AND state IN {OPEN}",  # noqa: S608
        (event["id"],),
    ).fetchone()[0]
    return {**event, "pending_webhooks": pending}


def retrieve_event(call: Call) -> dict[str, Any]:
    """One event as it stands."""
    return with_pending(call.store, call.find("event").data)


def list_events(call: Call) -> dict[str, Any]:
    """Newest first; `type` may end in `.*`, `delivery_success` asks for all delivered or not."""
    sent = call.parameters
    if "type" in sent and "types" in sent:
        raise invalid("Give either type or types.", param="types")
    wanted = sent.get("types", [sent["type"]] if "type" in sent else [])
    taken: list[Filter] = []
    if "delivery_success" in sent:
        taken.append((ALL_TAKEN if sent["delivery_success"] else NOT_ALL_TAKEN, ()))
    any_of = [one for kind in _kinds_like(wanted) for one in equal("type", kind)] if wanted else None
    page = list_objects(call, "event", filters=taken, any_of=any_of)
    return {**page, "data": [with_pending(call.store, event) for event in page["data"]]}


def _kinds_like(wanted: list[str]) -> list[str]:
    """The contract's types of event that one of these names or patterns means."""
    return [kind for kind in document()["x-event-types"] if any(fnmatchcase(kind, one) for one in wanted)]


ALL_TAKEN = f"NOT EXISTS (SELECT 1 FROM deliveries WHERE event = objects.id AND state IN {OPEN})"  # noqa: S608
NOT_ALL_TAKEN = (
    f"seq IN (SELECT told.seq FROM deliveries JOIN objects AS told ON told.id = event WHERE state IN {OPEN})"  # noqa: S608
)


OPERATIONS = [
    Operation("GET", "/v1/events", list_events, takes(*PAGE, "created", "type", "types", "delivery_success")),
    Operation("GET", "/v1/events/{id}", retrieve_event, takes()),
]
