"""The same server beside ours: of the work only what nobody can leave out, the signature or the query.

And `/inline`, as most services do it: the webhook's own request completes the payment.
"""

import json
import os
import threading
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIEnvironment

import django
import psycopg
from a2wsgi import WSGIMiddleware

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.utils import timezone  # noqa: E402

from gateway.facts import read_payment_intent  # noqa: E402
from gateway.signatures import verify_signature  # noqa: E402
from payments.completion_services.payment_completion import PaymentCompletionService  # noqa: E402
from payments.models import PaymentIntent  # noqa: E402

PAGE = """
    SELECT line.id, line.type, line.amount_minor, line.currency, line.created_at, line.role, payment.id,
        payment.auction_id, auction.title, seller.name, buyer.name, earning.status, schedule.id
    FROM payments_transaction AS line
    JOIN payments_paymentintent AS payment ON payment.id = line.payment_intent_id
    JOIN auctions_auction AS auction ON auction.id = payment.auction_id
    JOIN people_user AS seller ON seller.id = payment.seller_id
    JOIN people_user AS buyer ON buyer.id = payment.buyer_id
    LEFT JOIN payouts_earning AS earning ON earning.id = line.earning_id
    LEFT JOIN payouts_payoutitem AS item ON item.earning_id = earning.id AND item.part = 'sale'
        AND item.state <> 'dropped'
    LEFT JOIN payouts_payoutschedule AS schedule ON schedule.id = item.schedule_id
    WHERE line.owner_id = %s ORDER BY line.number DESC LIMIT 26
"""
SUMS = """
    SELECT currency, sales_minor, payouts_pending_minor, payouts_completed_minor, commission_paid_minor
    FROM payments_tally WHERE person_id = %s
"""
RECEIVED = b'{"received": true}'
here = threading.local()


def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    """A bare query of one's own connection, and its rows as JSON."""
    if environ["PATH_INFO"] == "/inline":
        return complete_inline(environ, start)
    owner = int(parse_qs(environ["QUERY_STRING"])["of"][0])
    statement = SUMS if environ["PATH_INFO"] == "/sums" else PAGE
    if not hasattr(here, "connection"):
        here.connection = psycopg.connect(settings.DATABASE_URL, autocommit=True)
    rows = here.connection.execute(statement, [owner]).fetchall()
    return _told(json.dumps(rows, default=str).encode(), start)


def complete_inline(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    """One payment in one transaction, by the service that takes many; then 200."""
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    facts = read_payment_intent(_verified(body, environ["HTTP_STRIPE_SIGNATURE"])["data"]["object"])
    payment = PaymentIntent.objects.get(stripe_payment_intent_id=facts.id)
    payment.stripe_charge_id, payment.charged_at = facts.charge_id, timezone.now()
    PaymentCompletionService.process_payment_completion(payment, at=timezone.now())
    return _told(RECEIVED, start)


def _told(body: bytes, start: StartResponse) -> Iterable[bytes]:
    start("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def _verified(body: bytes, header: str) -> dict[str, Any]:
    secrets = settings.STRIPE_WEBHOOK_SECRETS
    return verify_signature(body, header, secrets=secrets, livemode=False, at=timezone.now())


in_threads = WSGIMiddleware(answer, workers=settings.WEB_THREADS)


async def application(scope: dict[str, Any], receive: Callable[[], Any], send: Callable[[Any], Any]) -> None:
    if scope["type"] == "lifespan":
        return
    if scope["path"] != "/signed":
        await in_threads(scope, receive, send)  # type: ignore[arg-type]
        return
    body, more = b"", True
    while more:
        told = await receive()
        body, more = body + told.get("body", b""), told.get("more_body", False)
    header = dict(scope["headers"])[b"stripe-signature"].decode()
    _verified(body, header)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(RECEIVED)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": RECEIVED})
