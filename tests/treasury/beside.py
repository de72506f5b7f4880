"""Stripe beside our books: things that happen at the sandbox alone, and what the looks make of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from config.worker import ALL_HANDLERS
from events.models import Event
from inbox.handling import handle_waiting
from payments.initiation import start_payment
from payments.models import PaymentIntent
from tests.cast import Cast, a_won_bid
from tests.payouts.wire import Wire
from tests.treasury.market import AT_ONCE
from treasury.comparing import LAST, compare_between
from treasury.models import Break


@dataclass
class Beside:
    """The wire, and how much later than it we look: an hour and more, unless told otherwise."""

    wire: Wire

    @property
    def cast(self) -> Cast:
        return self.wire.cast

    def later(self, **span: int) -> datetime:
        """So much after what happens at Stripe now."""
        return self.wire.now + timedelta(**(span or {"hours": 2}))

    def look(self, *, at: datetime | None = None) -> list[tuple[str, str, str]]:
        """Compare the last three days; what is open then."""
        at = at or self.later()
        compare_between(at - LAST, at=at)
        return standing()

    def drain(self, *, at: datetime | None = None) -> None:
        while handle_waiting(ALL_HANDLERS, limit=100, at=at or self.later()):
            pass

    def paid_untold(self, *, amount_minor: int = 1_100_000) -> PaymentIntent:
        """Bo has paid at Stripe, and nobody told us."""
        bid = a_won_bid(
            self.cast.bo, self.cast.saga, amount_minor=amount_minor, reserve_minor=None, at=self.wire.now
        )
        payment = start_payment(bid, buyer=self.cast.bo, at=self.wire.now).payment
        self.wire.sandbox.confirm_intent(payment.stripe_payment_intent_id or "", payment_method=AT_ONCE)
        return payment

    def paid_by_hand(self, **fields: Any) -> Any:
        """Somebody was charged, by whom we do not know."""
        return self.wire.api.paid(card=AT_ONCE, **fields)

    def transferred_by_hand(self, account: str, *, amount_minor: int = 50_000) -> Any:
        sent = {"amount": amount_minor, "currency": "sek", "destination": account}
        return self.wire.api.post("/v1/transfers", sent)


def standing() -> list[tuple[str, str, str]]:
    """What is open: kind, type, and the object."""
    rows = Break.objects.filter(resolved_at=None).order_by("pk")
    return list(rows.values_list("kind", "object_type", "object_id"))


def figures() -> list[tuple[int, int, str]]:
    """What is open: expected, found, currency."""
    rows = Break.objects.filter(resolved_at=None).order_by("pk")
    return list(rows.values_list("expected_minor", "found_minor", "currency"))


def diary() -> list[str]:
    """What the diary says of differences, in order, with what became of which kind."""
    told = Event.objects.filter(subject_type="break").order_by("pk")
    return [
        f"{kind.removeprefix('break.')} {details['kind']}"
        for kind, details in told.values_list("kind", "details")
    ]
