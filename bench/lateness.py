"""P4: how long after a webhook was sent its sale is complete, and visible to whoever asks."""

import http.client
import time
from statistics import median, quantiles

import psycopg

from bench.completion import open_for_payment, refuse_findings
from bench.ground import filled, settle
from bench.measuring import Figure, Size
from bench.receipt import WEBHOOK, signed_body
from bench.sites import our_site
from tests.databases import url_of

EVENTS, HISTORY = (600, 60), 500
EVERY_SECONDS = 1 / 20
LONGEST_SECONDS = 10
COMMITS = 100


def becoming_visible(size: Size) -> list[Figure]:
    """At twenty events a second, one after the other, beside one synced commit on the same disk."""
    middle = Figure("P4", "receipt to visible sale, the middle", "ms", most=25)
    most = Figure("P4", "receipt to visible sale, p95", "ms", most=60)
    for _ in range(size.of(size.rounds, 1)):
        with filled("lateness") as name:
            told = open_for_payment(size.of(*EVENTS), history=HISTORY)
            settle(name)
            with our_site(name, "drain") as port, psycopg.connect(url_of(name), autocommit=True) as looking:
                took_ms = _send_steadily(told, port=port, looking=looking)
                commit_ms = _commits_ms(looking)
            refuse_findings()
        middle.ours.append(median(took_ms))
        most.ours.append(quantiles(took_ms, n=20)[-1])
        for figure in (middle, most):
            figure.limit.append(commit_ms)
    return [middle, most]


def _send_steadily(told: list[dict[str, object]], *, port: int, looking: psycopg.Connection) -> list[float]:
    took_ms, began = [], time.perf_counter()
    line = http.client.HTTPConnection("127.0.0.1", port)
    for place, event in enumerate(told):
        body, headers = signed_body(event)
        time.sleep(max(0, began + place * EVERY_SECONDS - time.perf_counter()))
        sent = time.perf_counter()
        line.request("POST", WEBHOOK, body, headers)
        answer = line.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"bench: a webhook was answered {answer.status}")
        _await_sale(event, looking, until=sent + LONGEST_SECONDS)
        took_ms.append((time.perf_counter() - sent) * 1000)
    return took_ms


def _await_sale(event: dict[str, object], looking: psycopg.Connection, *, until: float) -> None:
    """What the API reads is read here, so that asking costs the server nothing."""
    stripe_id = event["data"]["object"]["id"]  # type: ignore[index]
    question = "SELECT FROM payments_paymentintent WHERE stripe_payment_intent_id = %s AND outcome = 'sale'"
    while looking.execute(question, [stripe_id]).fetchone() is None:
        if time.perf_counter() > until:
            raise SystemExit("bench: a payment that was told of is not complete")
        time.sleep(0.0005)


def _commits_ms(writing: psycopg.Connection) -> float:
    """The middle of so many commits of one row."""
    writing.execute("CREATE TABLE one_row (told bigint)")
    took_ms = []
    for number in range(COMMITS):
        began = time.perf_counter()
        writing.execute("INSERT INTO one_row VALUES (%s)", [number])
        took_ms.append((time.perf_counter() - began) * 1000)
    return median(took_ms)
