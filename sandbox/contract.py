"""Parameters held against Stripe's published contract, before anything is done."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from sandbox.errors import StripeError, invalid, not_supported

FILE = Path(__file__).with_name("contract") / "stripe-2026-10-28.subset.json"
API_VERSION = "2026-10-28.endive"
INTEGER = re.compile(r"^[+-]?[0-9]{1,18}$")
Schema = dict[str, Any]


@cache
def document() -> dict[str, Any]:
    """The contract as it was published."""
    whole: dict[str, Any] = json.loads(FILE.read_text())
    return whole


def schema_named(name: str) -> Schema:
    """One of the contract's component schemas."""
    found: Schema = document()["components"]["schemas"][name]
    return found


@cache
def parameters_of(method: str, path: str) -> Schema:
    """All an operation takes, of query or body, as one object schema."""
    operation = document()["paths"][path][method.lower()]
    if "requestBody" in operation:
        return resolved(operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"])
    query = [one for one in operation.get("parameters", []) if one["in"] == "query"]
    return {
        "type": "object",
        "properties": {one["name"]: one["schema"] for one in query},
        "required": [one["name"] for one in query if one.get("required")],
        "additionalProperties": False,
    }


def resolved(schema: Schema) -> Schema:
    """Follow a reference to the schema it names."""
    while "$ref" in schema:
        schema = schema_named(schema["$ref"].rsplit("/", 1)[1])
    return schema


def check(value: Any, schema: Schema, *, name: str = "") -> Any:
    """The value as the contract types it.

    Raises:
        StripeError: unknown, missing, or of another kind; `param` says which.
    """
    schema = resolved(schema)
    if "anyOf" in schema:
        return _check_any(value, schema["anyOf"], name)
    if not schema:
        return value
    return CHECKS[_type_of(schema)](value, schema, name)


def _check_any(value: Any, branches: list[Schema], name: str) -> Any:
    """The branch whose shape fits decides; its refusal is the one that is told."""
    refusal: StripeError | None = None
    for branch in sorted((resolved(one) for one in branches), key=lambda one: not _fits(value, one)):
        try:
            return check(value, branch, name=name)
        except StripeError as error:
            refusal = refusal or error
    raise refusal or invalid(f"Invalid value for {name}", param=name)


def _fits(value: Any, schema: Schema) -> bool:
    if schema.get("enum") == [""]:
        return bool(value == "")
    shape = {"object": dict, "array": list}.get(_type_of(schema), str)
    return isinstance(value, shape) and value != ""


def _type_of(schema: Schema) -> str:
    declared = schema.get("type", "string")
    return declared if isinstance(declared, str) else declared[0]


def _check_object(value: Any, schema: Schema, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _empty(name) if value == "" else invalid("Invalid object", param=name)
    free = schema.get("additionalProperties")
    if isinstance(free, dict):
        return check_metadata(value, name)
    known = schema.get("properties", {})
    for key in value:
        if key not in known:
            shown = _inside(name, key)
            raise invalid(f"Received unknown parameter: {shown}", param=shown, code="parameter_unknown")
    for key in schema.get("required", []):
        if key not in value:
            shown = _inside(name, key)
            raise invalid(f"Missing required param: {shown}.", param=shown, code="parameter_missing")
    return {key: check(inner, known[key], name=_inside(name, key)) for key, inner in value.items()}


def check_metadata(value: dict[str, Any], name: str) -> dict[str, str]:
    """Up to 50 keys of up to 40 characters with strings of up to 500; brackets are not allowed in keys."""
    if len(value) > 50:
        raise invalid("Metadata can have up to 50 keys.", param=name)
    for key, inner in value.items():
        if not isinstance(inner, str):
            raise invalid("Metadata values are strings.", param=_inside(name, key))
        if len(key) > 40 or len(inner) > 500:
            raise invalid(
                "Metadata keys have up to 40 characters, values up to 500.", param=_inside(name, key)
            )
    return dict(value)


def _check_array(value: Any, schema: Schema, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise _empty(name) if value == "" else invalid("Invalid array", param=name)
    return [check(one, schema["items"], name=_inside(name, str(place))) for place, one in enumerate(value)]


def _check_string(value: Any, schema: Schema, name: str) -> str:
    if not isinstance(value, str):
        raise invalid("Invalid string", param=name)
    allowed = schema.get("enum")
    if allowed is not None and value not in allowed:
        if value == "":
            raise _empty(name)
        listed = ", ".join(str(one) for one in allowed if one)
        raise invalid(f"Invalid {name}: must be one of {listed}", param=name)
    if value == "" and allowed is None:
        raise _empty(name)
    return value


def _check_integer(value: Any, schema: Schema, name: str) -> int:
    if value == "":
        raise _empty(name)
    if not isinstance(value, str) or not INTEGER.match(value):
        raise invalid(f"Invalid integer: {value}", param=name, code="parameter_invalid_integer")
    return int(value)


def _check_number(value: Any, schema: Schema, name: str) -> Any:
    """No served parameter has a fraction."""
    raise not_supported(name)


def _check_boolean(value: Any, schema: Schema, name: str) -> bool:
    if value not in ("true", "false"):
        raise _empty(name) if value == "" else invalid(f"Invalid boolean: {value}", param=name)
    return bool(value == "true")


CHECKS = {
    "object": _check_object,
    "array": _check_array,
    "string": _check_string,
    "integer": _check_integer,
    "number": _check_number,
    "boolean": _check_boolean,
}


def _empty(name: str) -> StripeError:
    return invalid(
        f"An empty value would unset {name}, which cannot be unset. Leave it out or give it a value.",
        param=name,
        code="parameter_invalid_empty",
    )


def _inside(name: str, key: str) -> str:
    return f"{name}[{key}]" if name else key


def refuse_unserved(value: Any, served: frozenset[str], *, path: str = "", name: str = "") -> None:
    """Refuse what the contract allows and this sandbox would otherwise ignore."""
    if path in served:
        return
    if isinstance(value, list) and value:
        for place, one in enumerate(value):
            refuse_unserved(one, served, path=path, name=_inside(name, str(place)))
    elif isinstance(value, dict) and (value or not path):
        for key, inner in value.items():
            inner_path = f"{path}.{key}" if path else key
            refuse_unserved(inner, served, path=inner_path, name=_inside(name, key))
    else:
        raise not_supported(name)
