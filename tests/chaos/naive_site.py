"""The site as somebody in a hurry builds it: a webhook completes the payment itself.

Nothing stands behind it: no inbox, no transaction, no lock, no key; the test that starts it takes away the
database's constraints as well. It looks right while nothing dies and nothing is told twice. Chaos must not
let it pass.
"""

from __future__ import annotations

import json
import os
import uuid
from dataclasses import replace
from typing import Any

import uvicorn
from asgiref.sync import sync_to_async
from django.utils import timezone

from auctions.models import Bid
from config.addresses import LOCAL, listening_socket
from config.asgi import application
from config.environment import read_environment
from config.loop import _gather_body
from ledger.posting import post_journals
from payments.completion_services import payment_completion as rows
from payments.lines import write_commission_lines, write_payout_lines
from payments.models import PaymentIntent
from payouts.processors import PayoutProcessor


def complete_at_once(body: bytes) -> None:
    """Row by row, each committed by itself, whoever else may be at it."""
    event = json.loads(body)
    if event["type"] != "payment_intent.succeeded":
        return
    told, at = event["data"]["object"], timezone.now()
    payment = PaymentIntent.objects.get(stripe_payment_intent_id=told["id"])
    payment.stripe_charge_id, payment.charged_at = told["latest_charge"], at
    earning = rows._earning(payment, at=at)
    earning.save(force_insert=True)
    write_commission_lines([payment.pk], at=at)
    write_payout_lines([payment.pk], at=at)
    PayoutProcessor.create_payout_schedule([earning], at=at)
    post_journals([replace(rows._sale_journal(payment, at=at), key=f"payment:{uuid.uuid4()}")])
    payment.status, payment.outcome, payment.succeeded_at = "succeeded", "sale", at
    payment.save(update_fields=["status", "outcome", "succeeded_at", "charged_at", "stripe_charge_id"])
    Bid.objects.filter(pk=payment.bid_id).update(status="paid", paid_at=at)


def hurried(application: Any) -> Any:
    """Everything is the site's own, but for the webhook."""

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"] != "/api/payments/webhooks/stripe/":
            await application(scope, receive, send)
            return
        await sync_to_async(complete_at_once, thread_sensitive=False)(await _gather_body(receive))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    return answer


def serve() -> None:
    """At PORT, when Django is set up."""
    with listening_socket(read_environment(os.environ).port, host=LOCAL, variable="PORT") as listening:
        uvicorn.Server(uvicorn.Config(hurried(application), log_level="warning")).run(sockets=[listening])
