"""Addresses: every key is there, null where nothing is known."""

from typing import Any

from sandbox.metadata import unset_if_empty

ADDRESS = ("city", "country", "line1", "line2", "postal_code", "state")


def address_of(sent: Any) -> dict[str, Any] | None:
    """An address, or none for an empty string."""
    return {name: unset_if_empty(sent.get(name)) for name in ADDRESS} if sent else None


def shipping_of(sent: Any) -> dict[str, Any] | None:
    """Where a customer wants things sent."""
    if sent == "":
        return None
    return {"address": address_of(sent["address"]), "name": sent["name"], "phone": sent.get("phone")}


def shipment_of(sent: Any) -> dict[str, Any] | None:
    """Where a purchase is sent, by whom, and under which number."""
    shipping = shipping_of(sent)
    if shipping is None:
        return None
    return {**shipping, "carrier": sent.get("carrier"), "tracking_number": sent.get("tracking_number")}
