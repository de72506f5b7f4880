"""Form bodies with brackets, `a[b][0]=c`, turned into nested dicts and lists of strings."""

import re
from typing import Any
from urllib.parse import parse_qsl

from sandbox.errors import invalid

SEGMENT = re.compile(r"\[([^\[\]]*)\]")
NAME = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
DEEPEST = 12
MOST_FIELDS = 2000


def decode_form(body: str) -> dict[str, Any]:
    """The parameters of a query string or a form body. Values stay strings."""
    tree: dict[str, Any] = {}
    if body.count("&") >= MOST_FIELDS:
        raise invalid(f"A request has at most {MOST_FIELDS} parameters.")
    for name, value in parse_qsl(body, keep_blank_values=True):
        _place(tree, _segments_of(name), value, name)
    return {name: _with_lists(value) for name, value in tree.items()}


def _segments_of(name: str) -> list[str]:
    matched = NAME.match(name)
    if not matched:
        raise invalid(f"Invalid parameter name: {name}", param=name)
    segments = [matched[1], *SEGMENT.findall(matched[2])]
    if len(segments) > DEEPEST:
        raise invalid(f"Parameter nested too deeply: {name}", param=name)
    return segments


def _place(tree: dict[str, Any], segments: list[str], value: str, name: str) -> None:
    """Put one value at its path. `[]` takes the next free place, or stays in the open element."""
    for position, segment in enumerate(segments[:-1]):
        key = _next_place(tree, segments[position + 1 :]) if segment == "" else segment
        tree = tree.setdefault(key, {})
        if not isinstance(tree, dict):
            raise invalid(f"Parameter given twice in different shapes: {name}", param=name)
    last = segments[-1]
    key = str(len(tree)) if last == "" else last
    if isinstance(tree.get(key), dict):
        raise invalid(f"Parameter given twice in different shapes: {name}", param=name)
    tree[key] = value


def _next_place(tree: dict[str, Any], rest: list[str]) -> str:
    """`a[][x]=1&a[][y]=2` is one element; a second `a[][x]` opens the next."""
    last = str(len(tree) - 1)
    opened = tree.get(last)
    if isinstance(opened, dict) and rest[0] not in opened:
        return last
    return str(len(tree))


def _with_lists(value: Any) -> Any:
    """A dict whose keys are all numbers was an array."""
    if not isinstance(value, dict):
        return value
    filled = {key: _with_lists(inner) for key, inner in value.items()}
    if filled and all(key.isascii() and key.isdigit() for key in filled):
        return [filled[key] for key in sorted(filled, key=int)]
    return filled
