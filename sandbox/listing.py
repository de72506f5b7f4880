"""Lists: newest first, a page at a time, between two ids, within a span of time."""

import json
from typing import Any

from sandbox.calls import Call
from sandbox.errors import StripeError, invalid
from sandbox.store import Store

Filter = tuple[str, tuple[Any, ...]]
PAGE = ("limit", "starting_after", "ending_before")
COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def list_objects(
    call: Call,
    kind: str,
    *,
    filters: list[Filter] | None = None,
    any_of: list[Filter] | None = None,
    url: str | None = None,
) -> dict[str, Any]:
    """A page of this account's objects of one kind, as Stripe's list object.

    Of `any_of`, filters that exclude each other, one has to hold. So that no list walks over what it does
    not show, each of them is looked up by itself, the kind is written out as the indexes of schema.sql
    want it, and the store is told that account and kind choose little.
    """
    limit = _limit_of(call)
    backwards = "ending_before" in call.parameters
    conditions = [(f"likely(account = ?) AND likely(type = '{kind}')", (call.account,)), *(filters or [])]
    conditions += _created_filter(call.parameters.get("created")) + _cursor_filter(call, kind)
    choices = [conditions] if any_of is None else [[*conditions, one] for one in any_of]
    rows = _first_of(call.store, choices, "ASC" if backwards else "DESC", limit + 1) if choices else []
    found = [json.loads(row[0]) for row in rows[:limit]]
    return {
        "object": "list",
        "data": found[::-1] if backwards else found,
        "has_more": len(rows) > limit,
        "url": url or f"/v1/{kind}s",
    }


def _first_of(store: Store, choices: list[list[Filter]], direction: str, limit: int) -> list[Any]:
    """The first rows that fit one of the choices; what was made in the same second is in its order."""
    order = f"ORDER BY created {direction}, seq {direction} LIMIT {limit}"
    wheres = [" AND ".join(sql for sql, _ in one) for one in choices]
    searches = [f"SELECT * FROM (SELECT created, seq FROM objects WHERE {one} {order})" for one in wheres]  # noqa: S608
    values = tuple(value for one in choices for _, some in one for value in some)
    found = f"SELECT seq FROM ({' UNION ALL '.join(searches)}) {order}"  # noqa: S608
    return store.execute(
        f"SELECT data FROM objects WHERE seq IN ({found}) ORDER BY created {direction}, seq {direction}",  # noqa: S608
        values,
    ).fetchall()


def equal(field: str, value: Any) -> list[Filter]:
    """A filter on a field of the shown object, or none when the value was not sent."""
    return [] if value is None else [(f"json_extract(data, '$.{field}') = ?", (value,))]


def _limit_of(call: Call) -> int:
    limit = int(call.parameters.get("limit", 10))
    if not 1 <= limit <= 100:
        message = f"Invalid limit: {limit} is not between 1 and 100."
        raise invalid(message, param="limit", code="parameter_invalid_integer")
    return limit


def _created_filter(created: Any) -> list[Filter]:
    if created is None:
        return []
    if isinstance(created, int):
        return [("created = ?", (created,))]
    return [(f"created {COMPARISONS[name]} ?", (value,)) for name, value in created.items()]


def _cursor_filter(call: Call, kind: str) -> list[Filter]:
    sent = call.parameters
    if "starting_after" in sent and "ending_before" in sent:
        raise invalid("Give either starting_after or ending_before.", param="ending_before")
    for name, comparison in (("starting_after", "<"), ("ending_before", ">")):
        if name in sent:
            return [(f"(created, seq) {comparison} (?, ?)", _place_of(call, kind, sent[name], name))]
    return []


def _place_of(call: Call, kind: str, identity: str, param: str) -> tuple[int, int]:
    row: tuple[int, int] | None = call.store.execute(
        "SELECT created, seq FROM objects WHERE id = ? AND type = ? AND account = ?",
        (identity, kind, call.account),
    ).fetchone()
    if row is None:
        message = f"No such {kind}: '{identity}'"
        raise StripeError(message, code="resource_missing", param=param)
    return row
