"""What the controls are sent, held against what they take, so that a slip of a test is told at once."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.errors import invalid

Check = Callable[[Any], bool]


def is_whole(value: Any) -> bool:
    """A whole number that is not below nothing."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def is_chance(value: Any) -> bool:
    """A number from 0 to 1; true and false count as these."""
    return isinstance(value, int | float) and 0 <= value <= 1


def is_flag(value: Any) -> bool:
    """True or false."""
    return isinstance(value, bool)


def is_text(value: Any) -> bool:
    """A string that is not empty."""
    return isinstance(value, str) and value != ""


def is_list_of_text(value: Any) -> bool:
    """A list of strings, at least one."""
    return isinstance(value, list) and bool(value) and all(is_text(one) for one in value)


def check_fields(sent: Any, known: Mapping[str, Check], *, noun: str) -> dict[str, Any]:
    """The body, when it is an object of these fields and nothing else.

    Raises:
        StripeError: 400 with the field that is unknown or has no such value.
    """
    if not isinstance(sent, dict):
        raise invalid(f"An object is needed: {noun}.")
    for name, value in sent.items():
        if name not in known:
            raise invalid(f"There is no {name} in {noun}.", param=name)
        if not known[name](value):
            raise invalid(f"{name} in {noun} cannot be {value!r}.", param=name)
    return dict(sent)
