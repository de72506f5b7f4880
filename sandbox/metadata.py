"""Metadata and unsettable fields: what is sent is merged, an empty string takes away."""

from typing import Any


def merged(kept: dict[str, str], sent: Any) -> dict[str, str]:
    """`''` for a key unsets it, `''` for all unsets all, None (not sent) changes nothing."""
    if sent is None:
        return dict(kept)
    if sent == "":
        return {}
    together = {**kept, **sent}
    return {key: value for key, value in together.items() if value != ""}


def unset_if_empty(value: Any) -> Any:
    """An empty string means that there is nothing."""
    return None if value == "" else value


def copy_sent(target: dict[str, Any], sent: dict[str, Any], *names: str) -> None:
    """Take over the named parameters that were sent; an empty string unsets."""
    for name in names:
        if name in sent:
            target[name] = unset_if_empty(sent[name])
