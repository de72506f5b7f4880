"""The published contract as a judge: what an answer must have, may have, and must not have."""

import json
import re
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from .process import ROOT

FILE = ROOT / "sandbox" / "contract" / "stripe-2026-10-28.subset.json"


@cache
def document() -> dict[str, Any]:
    """The contract, made strict: nothing beyond what it names, and every promised key present."""
    whole: dict[str, Any] = json.loads(FILE.read_text())
    for schema in whole["components"]["schemas"].values():
        _make_strict(schema)
    return whole


def _make_strict(schema: Any) -> None:
    if isinstance(schema, list):
        for one in schema:
            _make_strict(one)
    elif isinstance(schema, dict):
        promised = schema.get("x-always-present-nullable", [])
        if set(schema.get("properties", ())) - {"object"}:  # A person is named there and not described.
            schema.setdefault("additionalProperties", False)
            schema["required"] = sorted({*schema.get("required", []), *promised})
        for one in schema.values():
            _make_strict(one)


@cache
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator({**json.loads(schema), "components": document()["components"]})


def defects(answer: Any, schema: dict[str, Any]) -> list[str]:
    """What is wrong with an answer, in words."""
    found = _validator(json.dumps(schema)).iter_errors(answer)
    return [f"{'/'.join(map(str, one.absolute_path))}: {one.message[:300]}" for one in found]


def defects_of_object(thing: dict[str, Any], name: str) -> list[str]:
    """What is wrong with an object of that schema's name."""
    return defects(thing, {"$ref": f"#/components/schemas/{name}"})


@cache
def _patterns() -> list[tuple[str, re.Pattern[str], dict[str, Any]]]:
    found = []
    for path, methods in sorted(document()["paths"].items(), key=lambda one: one[0].count("{")):
        pattern = re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + r"\Z")
        found += [(method.upper(), pattern, operation) for method, operation in methods.items()]
    return found


def operation_of(method: str, path: str) -> dict[str, Any] | None:
    """The contract's operation behind a method and an address."""
    return next(
        (known for verb, pattern, known in _patterns() if verb == method and pattern.match(path)), None
    )


def defects_of_answer(method: str, path: str, status: int, body: Any) -> list[str]:
    """What is wrong with the answer to that call."""
    if status != 200:
        return defects(body, {"$ref": "#/components/schemas/error"})
    operation = operation_of(method, path)
    if operation is None:
        return ["the address is not of the contract"]
    return defects(body, operation["responses"]["200"]["content"]["application/json"]["schema"])
