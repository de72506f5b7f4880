"""A value for every parameter of the contract, and what has to surround it to be valid."""

from collections.abc import Iterator
from typing import Any

from .published import document, operation_of

Schema = dict[str, Any]
TOLD = "told"


def resolved(schema: Schema) -> Schema:
    """Follow references and choose the branch with the most to say."""
    while "$ref" in schema:
        schema = document()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    if "anyOf" in schema:
        branches = [resolved(one) for one in schema["anyOf"] if one.get("enum") != [""]]
        return max(branches, key=lambda one: len(one.get("properties", ())))
    return schema


def parameters_of(method: str, path: str) -> Schema:
    """All that an operation takes, as one object schema."""
    operation = operation_of(method, path) or {}
    if "requestBody" in operation:
        return resolved(operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"])
    query = [one for one in operation.get("parameters", []) if one["in"] == "query"]
    return {"type": "object", "properties": {one["name"]: one["schema"] for one in query}}


def leaves(schema: Schema, path: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Every parameter below an object, dotted, with a nested value that is valid around it."""
    for name, inner in resolved(schema).get("properties", {}).items():
        yield from _leaves_of(name, inner, path, schema, depth)


def _leaves_of(name: str, inner: Schema, path: str, outer: Schema, depth: int) -> Iterator[tuple[str, Any]]:
    dotted = f"{path}.{name}" if path else name
    shape = resolved(inner)
    siblings = {} if not path else _required(outer, without=name)
    if shape.get("properties") and depth < 5:
        for below, value in leaves(shape, dotted, depth + 1):
            yield below, {**siblings, name: value}
    elif shape.get("type") == "array" and resolved(shape["items"]).get("properties") and depth < 5:
        for below, value in leaves(shape["items"], dotted, depth + 1):
            yield below, {**siblings, name: [value]}
    else:
        yield dotted, {**siblings, name: sample(shape)}


def sample(schema: Schema) -> Any:
    """Any valid value."""
    shape = resolved(schema)
    if isinstance(shape.get("additionalProperties"), dict):
        return {"colour": "green"}
    if shape.get("properties"):
        return _required(shape) or {
            next(iter(shape["properties"])): sample(next(iter(shape["properties"].values())))
        }
    if shape.get("type") == "array":
        return [sample(shape["items"])]
    if "enum" in shape:
        return next(one for one in shape["enum"] if one)
    return {"integer": 1, "boolean": True, "string": TOLD}.get(str(shape.get("type")), {TOLD: TOLD})


def _required(schema: Schema, *, without: str = "") -> dict[str, Any]:
    shape = resolved(schema)
    return {name: sample(shape["properties"][name]) for name in shape.get("required", []) if name != without}
