"""The people of the tests, with names and rights, and the things they do."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings

from auctions.bidding import place_bid
from auctions.closing import close_auction
from auctions.listing import list_auction
from auctions.models import Auction, Bid
from inbox.receiving import draft_message, receive_messages
from payments.initiation import _make_row
from payments.models import PaymentIntent
from people.models import User

PASSWORD = "a-long-enough-password"
# A Monday, far from any holiday: seven days later banks are open.
NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Cast:
    bo: User
    saga: User
    olga: User
    otto: User
    mallory: User


def make_cast() -> Cast:
    """Bo buys, Saga sells, Olga and Otto operate, Mallory buys and owns nothing."""
    return Cast(
        bo=_person("bo", "Bo Berg", company="Bergs Antik", is_buyer=True),
        saga=_person("saga", "Saga Sand", company="Sand & Söner", is_seller=True),
        olga=_person("olga", "Olga Ohlsson", is_operator=True),
        otto=_person("otto", "Otto Oster", is_operator=True),
        mallory=_person("mallory", "Mallory Moss", is_buyer=True),
    )


def _person(nick: str, name: str, *, company: str = "", **roles: bool) -> User:
    """Without a password: hashing one takes longer than most tests. `give_password` sets it."""
    return User.objects.create(email=f"{nick}@klubba.example", name=name, company=company, **roles)


def give_password(person: User) -> User:
    person.set_password(PASSWORD)
    person.save(update_fields=["password", "token_version"])
    return person


def an_auction(
    seller: User,
    *,
    title: str = "Kista, 1780",
    reserve_minor: int | None = 500_000,
    currency: str = "SEK",
    category: str = "",
    at: datetime = NOON,
) -> Auction:
    """An open auction that closes in a day."""
    return list_auction(
        seller=seller,
        title=title,
        category=category,
        currency=currency,
        reserve_minor=reserve_minor,
        closes_at=at + timedelta(days=1),
        settlement_currencies={*settings.SETTLEMENT_CURRENCIES, currency},
        at=at,
    )


def a_won_bid(
    buyer: User, seller: User, *, amount_minor: int = 1_100_000, at: datetime = NOON, **auction: object
) -> Bid:
    """A bid that has won: the reference sale's, unless told otherwise."""
    sold = an_auction(seller, at=at, **auction)  # type: ignore[arg-type]
    bid = place_bid(sold, buyer=buyer, amount_minor=amount_minor, currency=sold.currency, at=at)
    close_auction(sold, at=at, by=seller)
    return Bid.objects.select_related("auction").get(pk=bid.pk)


def a_payment(bid: Bid, *, at: datetime = NOON) -> PaymentIntent:
    """The payment of a won bid as it is once Stripe knows it. No Stripe is asked: the id is made up."""
    payment, _ = _make_row(bid, at=at)
    payment.stripe_payment_intent_id = f"pi_{uuid.uuid4().hex}"
    payment.save(update_fields=["stripe_payment_intent_id"])
    return payment


def a_charged_payment(bid: Bid, *, at: datetime = NOON) -> PaymentIntent:
    """A payment with its charge, ready to be completed."""
    payment = a_payment(bid, at=at)
    payment.stripe_charge_id, payment.charged_at = f"ch_{uuid.uuid4().hex}", at
    payment.save(update_fields=["stripe_charge_id", "charged_at"])
    return payment


def intent_event(
    payment: PaymentIntent,
    kind: str = "payment_intent.succeeded",
    *,
    at: datetime = NOON,
    event_id: str | None = None,
    **changed: object,
) -> dict[str, object]:
    """Stripe's event about a payment's intent; `changed` are fields of its object."""
    status = {
        "payment_intent.succeeded": "succeeded",
        "payment_intent.processing": "processing",
        "payment_intent.canceled": "canceled",
        "payment_intent.requires_action": "requires_action",
    }.get(kind, "requires_payment_method")
    declined = {
        "code": "card_declined",
        "decline_code": "generic_decline",
        "message": "Your card was declined.",
    }
    intent = {
        "id": payment.stripe_payment_intent_id,
        "object": "payment_intent",
        "amount": payment.total_minor,
        "amount_received": payment.total_minor if status == "succeeded" else 0,
        "currency": payment.currency.lower(),
        "status": status,
        "livemode": False,
        "latest_charge": f"ch_of_{payment.stripe_payment_intent_id}" if status == "succeeded" else None,
        "last_payment_error": declined if kind == "payment_intent.payment_failed" else None,
        "metadata": {"payment": str(payment.pk)},
    }
    return event_of(kind, intent | changed, at=at, event_id=event_id)


def event_of(
    kind: str, subject: dict[str, object], *, at: datetime = NOON, event_id: str | None = None
) -> dict[str, object]:
    """Stripe's envelope."""
    return {
        "id": event_id or f"evt_{uuid.uuid4().hex}",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": int(at.timestamp()),
        "type": kind,
        "livemode": False,
        "data": {"object": subject},
    }


def deliver(*events: dict[str, object], endpoint: str = "platform", at: datetime = NOON) -> int:
    """Put the events into the inbox, as the webhook does once it has verified them."""
    drafts = [
        draft_message(endpoint=endpoint, event=event, body=json.dumps(event).encode(), at=at)
        for event in events
    ]
    return receive_messages(drafts)
