"""What Stripe says of a thing, read tolerantly: the fields we use, whatever else stands beside them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


class NotReadable(ValueError):
    """A field we rely on is missing or of another kind."""


@dataclass(frozen=True)
class LastError:
    """Why the last try to pay failed, in Stripe's codes, and its message for the buyer."""

    code: str
    decline_code: str
    message: str


@dataclass(frozen=True)
class IntentFacts:
    """A PaymentIntent as Stripe tells it. Amounts in the smallest unit; the currency in upper case.

    `payment_id` is what our own metadata says, where we made it.
    """

    id: str
    status: str
    amount_minor: int
    amount_received_minor: int
    currency: str
    livemode: bool
    charge_id: str
    charged_at: datetime | None
    client_secret: str
    last_error: LastError | None
    payment_id: str


@dataclass(frozen=True)
class ChargeFacts:
    """A charge as Stripe tells it. `charged_at` decides the day of payment."""

    id: str
    payment_intent_id: str
    charged_at: datetime
    succeeded: bool


def read_payment_intent(told: Mapping[str, Any]) -> IntentFacts:
    """Read a PaymentIntent from an answer or an event; an expanded `latest_charge` gives the charge's time.

    Raises:
        NotReadable: see there.
    """
    charge = told.get("latest_charge")
    expanded = charge if isinstance(charge, Mapping) else {}
    return IntentFacts(
        id=_text(told, "id"),
        status=_text(told, "status"),
        amount_minor=_whole(told, "amount"),
        amount_received_minor=_whole(told, "amount_received"),
        currency=_text(told, "currency").upper(),
        livemode=told.get("livemode") is True,
        charge_id=str(expanded.get("id") or (charge if isinstance(charge, str) else "")),
        charged_at=moment(_whole(expanded, "created")) if expanded else None,
        client_secret=str(told.get("client_secret") or ""),
        last_error=_read_last_error(told.get("last_payment_error")),
        payment_id=_own_id(told.get("metadata")),
    )


def read_charge(told: Mapping[str, Any]) -> ChargeFacts:
    """Read a charge from an event or an answer.

    Raises:
        NotReadable: see there.
    """
    intent = told.get("payment_intent")
    intent_id = intent.get("id") if isinstance(intent, Mapping) else intent
    return ChargeFacts(
        id=_text(told, "id"),
        payment_intent_id=str(intent_id or ""),
        charged_at=moment(_whole(told, "created")),
        succeeded=told.get("status") == "succeeded",
    )


def moment(seconds: int) -> datetime:
    """Stripe's whole seconds as a time."""
    return datetime.fromtimestamp(seconds, tz=UTC)


def _read_last_error(told: object) -> LastError | None:
    if not isinstance(told, Mapping):
        return None
    return LastError(
        code=_plain(told.get("code")),
        decline_code=_plain(told.get("decline_code")),
        message=_plain(told.get("message")),
    )


def _plain(value: object) -> str:
    """Text that the database can hold."""
    return str(value or "").replace("\x00", "").encode(errors="ignore").decode()


def _own_id(metadata: object) -> str:
    value = metadata.get("payment") if isinstance(metadata, Mapping) else None
    return value if isinstance(value, str) else ""


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    if not isinstance(value, str) or not value:
        raise NotReadable(f"{name} is missing.")
    return value


def _whole(told: Mapping[str, Any], name: str) -> int:
    value = told.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 2**36:
        raise NotReadable(f"{name} is no whole number.")
    return value
