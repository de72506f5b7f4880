"""P2 and P3: signed webhooks over HTTP, stored and answered; and on to their completion."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterable

from django.conf import settings
from django.utils import timezone

from bench.completion import (
    HISTORY,
    complete_by_hand,
    open_for_payment,
    receive,
    refuse_findings,
    refuse_other_books,
)
from bench.ground import copied, filled, sums_of
from bench.load import request, send
from bench.measuring import Figure, Size
from bench.sites import limit_site, our_site
from inbox.models import Message
from payments.models import PaymentIntent
from tests.cast import event_of

EVENTS, STORED = (10_000, 1_000), (20_000, 2_000)
CONNECTIONS = 16
# It is slow, and as slow for a tenth of them.
INLINE_PART = 10
WEBHOOK = "/api/payments/webhooks/stripe/"
LONGEST_DRAIN_SECONDS = 300


def acknowledging(size: Size) -> list[Figure]:
    """P3. Stored and committed, beside the same server that checks the signature and stores nothing."""
    figure = Figure("P3", "signed webhook, stored and answered", "requests/s", goal=0.6)
    with filled("receipt") as name:
        for _ in range(size.rounds):
            count = size.of(*STORED)
            with copied(name) as copy, our_site(copy) as port:
                answered = send(list(_signed(WEBHOOK, _told(count))), port=port, connections=CONNECTIONS)
                if Message.objects.count() != count:
                    raise SystemExit("bench: something that was acknowledged is not stored")
                figure.ours.append(count / answered.seconds)
                figure.notes.append(f"p95 {answered.p95_ms:.1f} ms")
            with limit_site(name) as port:
                answered = send(list(_signed("/signed", _told(count))), port=port, connections=CONNECTIONS)
                figure.limit.append(count / answered.seconds)
    return [figure]


def to_completion(size: Size) -> list[Figure]:
    """P2. From the first byte sent to the last payment complete, beside the same rows written by hand."""
    figure = Figure("P2", "signed webhook to completed sale", "events/s", goal=0.5)
    inline = Figure("P2", "the same, beside completion in the request", "events/s", goal=20)
    events = size.of(*EVENTS)
    with filled("completion") as name:
        told = open_for_payment(events, history=size.of(*HISTORY))
        for _ in range(size.rounds):
            with copied(name) as copy, our_site(copy, "drain") as port:
                requests, began = list(_signed(WEBHOOK, told)), time.perf_counter()
                send(requests, port=port, connections=CONNECTIONS)
                _await_completion()
                figure.ours.append(events / (time.perf_counter() - began))
                ours = sums_of(copy)
                refuse_findings()
            with copied(name) as copy:
                receive(told)
                figure.limit.append(events / complete_by_hand(copy, events))
                refuse_other_books(ours, sums_of(copy))
        with copied(name) as copy, limit_site(copy) as port:
            some = told[: events // INLINE_PART]
            answered = send(list(_signed("/inline", some)), port=port, connections=CONNECTIONS)
            inline.limit.append(len(some) / answered.seconds)
            refuse_findings()
    inline.ours = figure.ours[-1:]
    return [figure, inline]


def _await_completion() -> None:
    until = time.monotonic() + LONGEST_DRAIN_SECONDS
    while PaymentIntent.objects.exclude(status="succeeded").exists():
        if time.monotonic() > until:
            raise SystemExit("bench: a payment that was told of is not complete")
        time.sleep(0.005)


def _told(count: int) -> Iterable[dict[str, object]]:
    """Of a type that nobody follows."""
    return (event_of("price.updated", {"id": f"price_{n}"}, at=timezone.now()) for n in range(count))


def signed_body(event: dict[str, object]) -> tuple[bytes, dict[str, str]]:
    """An event's body, and its headers as Stripe sends them, signed now."""
    secret, at = settings.STRIPE_WEBHOOK_SECRETS[0].encode(), int(time.time())
    body = json.dumps(event).encode()
    mac = hmac.new(secret, b"%d.%b" % (at, body), hashlib.sha256).hexdigest()
    return body, {"Content-Type": "application/json", "Stripe-Signature": f"t={at},v1={mac}"}


def _signed(path: str, events: Iterable[dict[str, object]]) -> Iterable[bytes]:
    for event in events:
        body, headers = signed_body(event)
        yield request("POST", path, headers, body)
