"""What Stripe has done and nobody told us: asked for by its id, and put where a webhook would have put it.

Events can be asked for by their time alone, and are gone after thirty days. So the thing itself is fetched.
The inbox keeps it once, as it is now; from there it goes the way of every message.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from gateway.client import API_VERSION
from gateway.made import CHARGE, PAYOUT, tell_made
from gateway.payment_intents import tell_payment_intent
from inbox.models import Message
from inbox.receiving import draft_message, receive_messages
from payments.webhooks import CONNECT, PLATFORM
from treasury.models import Break

MOST_A_TURN = 100
MENDED = (CHARGE, PAYOUT)
TOLD_OF_PAYOUTS = ("paid", "failed", "canceled")


def tell_missing(breaks: Iterable[Break], *, at: datetime) -> int:
    """Put up to a hundred that are missing into the inbox; what was put there before stays as it is.

    Of a transfer nothing is missing but our own answer, which is looked up when its payout goes on. Answers
    how many are new.

    Raises:
        StripeAway, StripeRefused: the rest is told the next time.
    """
    missing = [one for one in breaks if one.kind == Break.Kind.MISSING_EVENT and one.object_type in MENDED]
    known = messages_about(missing)
    untold = [one for one in missing if one.pk not in known]
    return sum(_tell(one, at=at) for one in untold[:MOST_A_TURN])


def messages_about(breaks: Iterable[Break]) -> dict[int, Message]:
    """By difference the message that was put into the inbox for it; one statement for all."""
    ids = {_event_id(one): one.pk for one in breaks}
    found = Message.objects.filter(endpoint__in=[PLATFORM, CONNECT], event_id__in=ids).defer("body")
    return {ids[message.event_id]: message for message in found}


def _tell(one: Break, *, at: datetime) -> int:
    kind, told = _intent_of(one) if one.object_type == CHARGE else _payout(one)
    if not kind:
        return 0
    event: dict[str, Any] = {
        "id": _event_id(one),
        "object": "event",
        "api_version": API_VERSION,
        "created": int(at.timestamp()),
        "type": kind,
        "livemode": told["livemode"],
        "data": {"object": told},
    } | ({"account": one.account_id} if one.account_id else {})
    endpoint = CONNECT if one.account_id else PLATFORM
    return receive_messages(
        [draft_message(endpoint=endpoint, event=event, body=json.dumps(event).encode(), at=at)]
    )


def _intent_of(one: Break) -> tuple[str, dict[str, Any]]:
    charge = tell_made(CHARGE, one.object_id)
    return "payment_intent.succeeded", tell_payment_intent(str(charge["payment_intent"]))


def _payout(one: Break) -> tuple[str, dict[str, Any]]:
    payout = tell_made(PAYOUT, one.object_id, account_id=one.account_id)
    status = str(payout["status"])
    return f"payout.{status}" if status in TOLD_OF_PAYOUTS else "", payout


def _event_id(one: Break) -> str:
    """It cannot be mistaken for one of Stripe's, and each difference has its own."""
    return f"found_{one.object_id}_{one.pk}"
