"""Expansion: an id in an answer replaced by the object it names, when that was asked for."""

from functools import cache
from typing import Any

from sandbox.balance import with_status
from sandbox.calls import Call
from sandbox.contract import Schema, document, resolved
from sandbox.errors import StripeError, invalid
from sandbox.refunds import refunds_of

DEEPEST = 4


def expand(call: Call, answer: dict[str, Any]) -> dict[str, Any]:
    """The answer with every path of `expand` filled in.

    Raises:
        StripeError: a path that names nothing expandable, or goes too deep.
    """
    for path in call.parameters.get("expand", []):
        steps = path.split(".")
        if len(steps) > DEEPEST:
            raise invalid(f"Expansion goes at most {DEEPEST} levels deep: {path}", param="expand")
        answer = _along(call, answer, steps, path, None)
    return answer


def _along(call: Call, value: Any, steps: list[str], path: str, schema: Any) -> Any:
    """A copy of the value with one path expanded."""
    if isinstance(value, list):
        return [_along(call, one, steps, path, schema) for one in value]
    if not steps or value is None:
        return value
    if not isinstance(value, dict):
        raise _cannot(path)
    step, rest = steps[0], steps[1:]
    if value.get("object") == "list" and step == "data":
        return {**value, "data": _along(call, value["data"], rest, path, None)}
    if (value.get("object"), step) == ("charge", "refunds"):
        return {**value, step: _along(call, refunds_of(call, value["id"]), rest, path, None)}
    schema = _schema_of(value, schema)
    expandable = step in (schema or {}).get("x-expandableFields", ())
    if not expandable and not (rest and step in (schema or {}).get("properties", {})):
        raise _cannot(path)
    inner = value.get(step)
    if expandable and isinstance(inner, str):
        inner = _load(call, inner)
    return {**value, step: _along(call, inner, rest, path, _property(schema, step))}


def _schema_of(value: dict[str, Any], outer: Any) -> Any:
    return _schemas_by_kind().get(str(value.get("object")), outer)


@cache
def _schemas_by_kind() -> dict[str, Schema]:
    """The contract's own word for what each `object` looks like; the living one, not the deleted."""
    schemas = document()["components"]["schemas"]
    found: dict[str, Schema] = {}
    for schema in schemas.values():
        kinds = schema.get("properties", {}).get("object", {}).get("enum", [])
        if len(kinds) == 1 and len(schema["properties"]) > 3:
            found.setdefault(kinds[0], schema)
    return found


def _property(schema: Any, step: str) -> Any:
    """The object branch of what a property may hold."""
    found = resolved((schema or {}).get("properties", {}).get(step, {}))
    branches = [resolved(one) for one in found.get("anyOf", [found])]
    return next((one for one in branches if one.get("type") == "object"), None)


def _load(call: Call, identity: str) -> Any:
    found = call.store.load(identity)
    if found is None:
        return identity
    if "deleted" in found.private:
        return {"id": identity, "object": found.data["object"], "deleted": True}
    if found.data["object"] == "balance_transaction":
        return with_status(found.data, now=call.now)
    return found.data


def _cannot(path: str) -> StripeError:
    return invalid(f"This property cannot be expanded ({path}).", param="expand")
