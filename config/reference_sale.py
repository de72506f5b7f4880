"""The play: Saga sells to Bo for 11,000.00 SEK, through the doors any client uses, and nothing else.

It knows two addresses and a password. It reads no table and imports no room: what it reports is what a
client of the API can see.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

BUYER = "bo@klubba.example"
SELLER = "saga@klubba.example"
BID = "11000.00"
CURRENCY = "SEK"
COMPLETION_LIMIT_SECONDS = 20
LOOK_AGAIN_SECONDS = 0.05

Json = Any


class SaleStopped(Exception):
    """A step of the sale was answered otherwise than it must be."""


@dataclass
class Sale:
    """What the API said on the way, as far as the sale came. What it has not said is empty."""

    auction: Json = field(default_factory=dict)
    intent: Json = field(default_factory=dict)
    payment: Json = field(default_factory=dict)
    buyer_lines: list[Json] = field(default_factory=list)
    seller_lines: list[Json] = field(default_factory=list)
    payout: Json = field(default_factory=dict)
    buyer_payouts: list[Json] | None = None
    seller_payouts: list[Json] = field(default_factory=list)
    buyer_before: Json = field(default_factory=dict)
    seller_before: Json = field(default_factory=dict)
    buyer_summary: Json = field(default_factory=dict)
    seller_summary: Json = field(default_factory=dict)
    completion_seconds: float = 0.0
    stopped: str = ""


def play_reference_sale(*, site: str, sandbox: str, password: str, say: Callable[[str], None]) -> Sale:
    """Play it once, against a site and a sandbox that serve. A stop on the way is told in `stopped`."""
    sale = Sale()
    with httpx.Client(trust_env=False, verify=False, timeout=15) as client:
        try:
            _play(sale, _Stage(client=client, site=site, sandbox=sandbox, password=password, say=say))
        except SaleStopped as stop:
            sale.stopped = str(stop)
        except httpx.HTTPError as error:
            sale.stopped = f"{type(error).__name__} at {error.request.method} {error.request.url}"
    return sale


@dataclass
class _Stage:
    client: httpx.Client
    site: str
    sandbox: str
    password: str
    say: Callable[[str], None]

    def person(self, email: str) -> "_Person":
        token = _told(
            self.client.post(
                f"{self.site}/api/auth/token/", json={"email": email, "password": self.password}
            ),
            wanted=(200,),
        )
        return _Person(self.client, self.site, {"Authorization": f"Bearer {token['access']}"})


@dataclass
class _Person:
    """Somebody signed in, who asks and posts under `/api/`."""

    client: httpx.Client
    site: str
    headers: dict[str, str]

    def get(self, path: str) -> Json:
        return _told(self.client.get(f"{self.site}/api/{path}", headers=self.headers), wanted=(200,))

    def post(self, path: str, body: Json = None) -> Json:
        answer = self.client.post(f"{self.site}/api/{path}", json=body or {}, headers=self.headers)
        return _told(answer, wanted=(200, 201))


def _play(sale: Sale, stage: _Stage) -> None:
    saga, bo = stage.person(SELLER), stage.person(BUYER)
    sale.buyer_before, sale.seller_before = bo.get("payments/summary/"), saga.get("payments/summary/")
    stage.say("Saga and Bo are signed in")
    won = _auction_won(sale, stage, saga=saga, bo=bo)
    _pay(sale, stage, bo=bo, bid_id=won["id"])
    _await_completion(sale, stage, bo=bo)
    _look_around(sale, saga=saga, bo=bo)


def _auction_won(sale: Sale, stage: _Stage, *, saga: _Person, bo: _Person) -> Json:
    closes_at = datetime.now(UTC) + timedelta(days=1)
    listed = {"title": "Brass chandelier, about 1890", "category": "lighting", "currency": CURRENCY}
    terms = {"reserve_price": "9000.00", "closes_at": closes_at.isoformat()}
    sale.auction = saga.post("auctions/", listed | terms)
    stage.say(f"Saga lists auction {sale.auction['id']}: {sale.auction['title']}")
    bid = bo.post(f"auctions/{sale.auction['id']}/bids/", {"amount": BID})
    stage.say(f"Bo bids {bid['amount']} {bid['currency']}")
    sale.auction = saga.post(f"auctions/{sale.auction['id']}/close/")
    won = [seen for seen in bo.get("bids/?status=won") if seen["id"] == bid["id"]]
    if not won:
        raise SaleStopped(f"bid {bid['id']} is not among the bids Bo has won")
    stage.say(f"Saga closes the auction; Bo has won it with bid {bid['id']}")
    return won[0]


def _pay(sale: Sale, stage: _Stage, *, bo: _Person, bid_id: int) -> None:
    """Pay at the sandbox with the publishable key, as Stripe.js does: the site is not asked to confirm."""
    sale.intent = bo.post("payments/payment-intent/", {"bid_id": bid_id})
    payment = sale.intent["payment_intent"]
    stripe_id = payment["stripe_payment_intent_id"]
    stage.say(f"Bo initialises the payment: {stripe_id}")
    card = {
        "client_secret": sale.intent["client_secret"],
        "payment_method": "pm_card_visa",
        "return_url": f"{stage.site}/payments/{payment['id']}/",
    }
    key = {"Authorization": f"Bearer {sale.intent['publishable_key']}"}
    confirm = f"{stage.sandbox}/v1/payment_intents/{stripe_id}/confirm"
    paid = _told(stage.client.post(confirm, data=card, headers=key), wanted=(200,))
    stage.say(f"Bo pays with a test card at the sandbox, which answers: {paid['status']}")


def _await_completion(sale: Sale, stage: _Stage, *, bo: _Person) -> None:
    """Only the signed webhook and the worker bring it forward; here we look and wait."""
    started = time.monotonic()
    path = f"payments/payment-intent/{sale.intent['payment_intent']['id']}/"
    while not sale.payment.get("outcome"):
        sale.payment = bo.get(path)
        sale.completion_seconds = time.monotonic() - started
        if sale.completion_seconds > COMPLETION_LIMIT_SECONDS:
            raise SaleStopped(
                f"the worker has not completed the payment {COMPLETION_LIMIT_SECONDS} s after it was paid"
            )
        time.sleep(LOOK_AGAIN_SECONDS)
    stage.say(f"The webhook came and the worker completed the sale, {sale.completion_seconds:.2f} s later")


def _look_around(sale: Sale, *, saga: _Person, bo: _Person) -> None:
    sale.buyer_lines = _of_payment(sale, bo.get("payments/transactions/"))
    sale.seller_lines = _of_payment(sale, saga.get("payments/transactions/"))
    sale.buyer_summary, sale.seller_summary = bo.get("payments/summary/"), saga.get("payments/summary/")
    sale.seller_payouts, sale.buyer_payouts = saga.get("payments/payouts/"), bo.get("payments/payouts/")
    for line in sale.seller_lines:
        if line["payout_id"]:
            sale.payout = saga.get(f"payments/payouts/{line['payout_id']}/")


def _of_payment(sale: Sale, lines: list[Json]) -> list[Json]:
    return [line for line in lines if line["payment_intent_id"] == sale.payment["id"]]


def _told(answer: httpx.Response, *, wanted: tuple[int, ...]) -> Json:
    if answer.status_code not in wanted:
        told = " ".join(answer.text.split())[:200]
        request = answer.request
        raise SaleStopped(f"{request.method} {request.url.path} answered {answer.status_code}: {told}")
    return answer.json()
