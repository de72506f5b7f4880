"""Buyers and sellers who never give up: each request is sent until there is an answer, under its own key."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx

from tests import local
from tests.live import PASSWORD, Klubba

# Longer than two processes that die one after the other hold what they had claimed.
PATIENCE_SECONDS = 120
NOT_YET = {409, 429, 500, 502, 503, 504}
MOST_TIMES, MOST_AT_LEAST = 3, 2_000
# The other sales are won before the load begins, and are paid like any.
FROM_THE_GAVEL = 0.1
COME_BACK_AT_ONCE = 0.15
LEAST_SEK, MOST_SEK = 20, 1_000
CARD = "pm_card_bypassPending"


class GaveUp(Exception):
    """No answer within a minute, or one that nobody can go on from."""


def most_payments(wanted: int) -> int:
    """As many as there may be until everything has met its death: a few payments are soon made."""
    return max(MOST_TIMES * wanted, MOST_AT_LEAST)


@dataclass
class Actor:
    """Somebody at the public API. `ours` is what a client has seen with its own eyes."""

    klubba: Klubba
    email: str
    http: httpx.Client = field(default_factory=lambda: local.Client(timeout=20))

    def get(self, path: str) -> Any:
        return self._until_answered("GET", path, None)

    def post(self, path: str, **body: object) -> Any:
        return self._until_answered("POST", path, body)

    def try_once(self, path: str) -> None:
        """Whatever comes of it."""
        try:
            self.http.post(self.klubba.site + path, json={}, timeout=5)
        except httpx.HTTPError:
            return

    def _until_answered(self, method: str, path: str, body: object) -> Any:
        key, began, told = uuid.uuid4().hex, time.monotonic(), list[str]()
        while (after := time.monotonic() - began) < PATIENCE_SECONDS:
            try:
                answer = self.http.request(
                    method, self.klubba.site + path, json=body, headers={"Idempotency-Key": key}
                )
            except httpx.HTTPError as failure:
                told.append(f"{after:.0f} s {type(failure).__name__}")
                time.sleep(0.1)
                continue
            if answer.is_success:
                return answer.json()
            if answer.status_code == 401:
                self.sign_in()
            elif answer.status_code not in NOT_YET:
                raise GaveUp(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
            told.append(f"{after:.0f} s {answer.status_code} {answer.text[:60]}")
            time.sleep(0.1)
        raise GaveUp(f"{method} {path} with {body}: no answer in {PATIENCE_SECONDS} s, but {_history(told)}")

    def sign_in(self) -> None:
        self.http.headers.pop("Authorization", None)
        told = {"email": self.email, "password": PASSWORD}
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            try:
                answer = self.http.post(f"{self.klubba.site}/api/auth/token/", json=told)
                if answer.is_success:
                    self.http.headers["Authorization"] = f"Bearer {answer.json()['access']}"
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.2)
        raise GaveUp(f"{self.email} cannot sign in")


def _history(told: list[str]) -> str:
    """What came, each kind once for as long as nothing else did."""
    changes = [
        now for before, now in pairwise(["", *told]) if before.partition(" s ")[2] != now.partition(" s ")[2]
    ]
    return ", ".join(changes)


@dataclass
class Load:
    """So many payments at least, by several buyers at once, and on until `is_enough` of what shall break has.

    Each buyer pays what it has won before, `won`, and one in ten from the gavel on. `seen` are the payments
    a 2xx told a client of.
    """

    klubba: Klubba
    payments: int
    seed: int
    sellers: list[str]
    buyers: list[str]
    won: dict[str, list[int]]
    is_enough: Callable[[], bool]
    seen: list[str] = field(default_factory=list)
    charged: int = 0
    failures: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    tokens: dict[str, str] = field(default_factory=dict)

    def sign_in(self) -> None:
        """Before anything breaks: a guess that was cut off counts as a wrong one."""
        for email in (*self.sellers, *self.buyers):
            actor = Actor(self.klubba, email)
            actor.sign_in()
            self.tokens[email] = actor.http.headers["Authorization"]

    def run(self) -> None:
        threads = [
            threading.Thread(target=self._shop, args=(number, buyer), daemon=True)
            for number, buyer in enumerate(self.buyers)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _shop(self, number: int, email: str) -> None:
        dice = random.Random(self.seed * 1_000 + number)
        buyer, *sellers = (Actor(self.klubba, name) for name in (email, *self.sellers))
        for actor in (buyer, *sellers):
            actor.http.headers["Authorization"] = self.tokens[actor.email]
        for turn in range(number, most_payments(self.payments), len(self.buyers)):
            if turn >= self.payments and self.is_enough():
                return
            try:
                self._buy(buyer, sellers[turn % len(sellers)], dice)
            except (GaveUp, httpx.HTTPError, LookupError) as failure:
                with self.lock:
                    self.failures.append(str(failure))

    def _win(self, buyer: Actor, seller: Actor, dice: random.Random) -> int:
        """Answers the bid that is to be paid."""
        won = self.won[buyer.email]
        if won and dice.random() >= FROM_THE_GAVEL:
            return won.pop()
        amount = f"{dice.randrange(LEAST_SEK, MOST_SEK)}.{dice.randrange(100):02}"
        closes_at = (datetime.now(UTC) + timedelta(days=2)).isoformat()
        auction = seller.post("/api/auctions/", title="Kista, 1780", currency="SEK", closes_at=closes_at)
        buyer.post(f"/api/auctions/{auction['id']}/bids/", amount=amount)
        closed = seller.post(f"/api/auctions/{auction['id']}/close/")
        return int(closed["winning_bid"]["id"])

    def _buy(self, buyer: Actor, seller: Actor, dice: random.Random) -> None:
        started = buyer.post("/api/payments/payment-intent/", bid_id=self._win(buyer, seller, dice))
        payment = started["payment_intent"]
        with self.lock:
            self.seen.append(payment["id"])
        self._pay(started)
        with self.lock:
            self.charged += 1
        if dice.random() < COME_BACK_AT_ONCE:
            buyer.try_once(f"/api/payments/payment-intent/{payment['id']}/confirm/")

    def _pay(self, started: Any) -> None:
        """At Stripe, as its own script does; Stripe itself is never killed."""
        stripe_id = started["payment_intent"]["stripe_payment_intent_id"]
        answer = local.post(
            f"{self.klubba.sandbox}/v1/payment_intents/{stripe_id}/confirm",
            data={"client_secret": started["client_secret"], "payment_method": CARD},
            headers={"Authorization": f"Bearer {started['publishable_key']}"},
        )
        if answer.json().get("status") != "succeeded":
            raise GaveUp(f"the card of {stripe_id}: {answer.text[:200]}")
