"""What goes wrong while people pay: processes die by their pid, PostgreSQL stops at once, Stripe and its
webhooks are as bad as they can be."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Any

import httpx
import psycopg

from config import embedded_postgres
from tests import local
from tests.live import Klubba

FAULTS = {"reset_before": 0.08, "reset_after": 0.12, "429": 0.05, "500_after": 0.05}
FAULTY = ("/v1/payment_intents", "/v1/transfers", "/v1/payouts")
DELIVERY = {"duplicate": 0.3, "shuffle": 0.5, "corrupt": 0.02}
DROPPED, ALL = 0.1, 1.0
# In each round one of each kind, and in most somebody who wakes with an old belief.
ROUNDS = (
    ("web", "worker", "postgres", "web stopped"),
    ("web", "worker-2", "postgres", "worker-2 stopped"),
    ("web", "worker", "postgres"),
)
MET = ("web", "worker", "postgres")
STOPPED_SECONDS = (1.0, 2.5)
WORK_COMES_WITHIN_SECONDS = 3


def deaths_for(each: int) -> int:
    """How many deaths there are until each kind has come so often."""
    return sum(map(len, islice(cycle(ROUNDS), each)))


def shuffled(deaths: tuple[str, ...], dice: random.Random) -> list[str]:
    return dice.sample(deaths, len(deaths))


@dataclass
class Trouble:
    """A seeded troublemaker. `kills` counts by kind only what had work in hand.

    Where all webhooks are dropped, they are until all is judged.
    """

    klubba: Klubba
    seed: int
    seconds_between: float
    dropped: float = DROPPED
    kills: Counter[str] = field(default_factory=Counter)
    idle_kills: int = 0
    forged: Counter[int] = field(default_factory=Counter)
    over: threading.Event = field(default_factory=threading.Event)
    rested: threading.Event = field(default_factory=threading.Event)
    judged: threading.Event = field(default_factory=threading.Event)

    def begin(self) -> None:
        """Stripe loses answers and repeats its failures; webhooks come twice, late, never, and spoilt."""
        rules = [
            {"method": "POST", "path": path, "probability": chance, "kind": kind}
            for path in FAULTY
            for kind, chance in FAULTS.items()
        ]
        self._tell("PUT", "faults", {"seed": self.seed, "rules": rules})
        self._tell("PUT", "delivery", {"seed": self.seed, "drop": self.dropped, **DELIVERY})

    def end(self) -> Counter[str]:
        """Everything works again, but where all webhooks are dropped they still are.

        Answers how often each fault of Stripe's happened.
        """
        fired: Counter[str] = Counter()
        for rule in local.get(f"{self.klubba.sandbox}/sandbox/faults").json()["rules"]:
            fired[rule["kind"]] += rule["fired"]
        self._tell("DELETE", "faults")
        if self.dropped < ALL:
            self._tell("DELETE", "delivery")
        return fired

    def is_enough(self, each: int) -> bool:
        """Whether every kind of death has met so many at work."""
        return min(self.kills[kind] for kind in MET) >= each

    def make(self) -> None:
        """Until it is over: one death after the other, all kinds of them before any comes again.

        What a thread has started dies with it, so this one stays until all is judged.
        """
        dice, deck, rounds = random.Random(self.seed), list[str](), cycle(ROUNDS)
        while not self.over.wait(dice.uniform(0.5, 1.5) * self.seconds_between):
            deck = deck or shuffled(next(rounds), dice)
            self._bring(deck.pop(), dice)
            self._forge()
        self.rested.set()
        self.judged.wait()

    def _bring(self, death: str, dice: random.Random) -> None:
        if death == "postgres":
            return self._stop_postgres(dice)
        name, _, is_stopped = death.partition(" ")
        kind = name.partition("-")[0]
        had_work = self._await_work(kind)
        if is_stopped:
            self._pause(name, dice.uniform(*STOPPED_SECONDS))
            kind = f"{kind} stopped"
        else:
            self.klubba.kill(name)
            self.klubba.start(name)
        if had_work:
            self.kills[kind] += 1
        else:
            self.idle_kills += 1
        return None

    def _pause(self, name: str, seconds: float) -> None:
        """It wakes with an old belief."""
        pid = self.klubba.children[name].process.pid
        os.kill(pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(pid, signal.SIGCONT)

    def _await_work(self, kind: str) -> bool:
        """The site has visitors all the time; a worker has work while a message waits."""
        until = time.monotonic() + WORK_COMES_WITHIN_SECONDS
        while kind == "worker" and time.monotonic() < until and not self._message_waits():
            time.sleep(0.01)
        return self._message_waits() if kind == "worker" else not self.over.is_set()

    def _message_waits(self) -> bool:
        try:
            with psycopg.connect(embedded_postgres.start(self.klubba.home), connect_timeout=2) as looking:
                waiting = "SELECT FROM inbox_message WHERE state = 'received' LIMIT 1"
                return looking.execute(waiting).fetchone() is not None
        except psycopg.Error:
            return False

    def _stop_postgres(self, dice: random.Random) -> None:
        """`stop -m immediate`: no goodbye, and recovery from its log."""
        pid = embedded_postgres.server_pid(self.klubba.home)
        if pid is not None:
            os.kill(pid, signal.SIGQUIT)
            time.sleep(dice.uniform(0.2, 0.8))
            embedded_postgres.start(self.klubba.home)
            self.kills["postgres"] += 1

    def _forge(self) -> None:
        """Somebody who does not know the secret tells of a success."""
        body = b'{"id": "evt_forged", "type": "payment_intent.succeeded", "livemode": false}'
        header = {"Stripe-Signature": f"t={int(time.time())},v1={'0' * 64}"}
        try:
            url = f"{self.klubba.site}/api/payments/webhooks/stripe/"
            self.forged[local.post(url, content=body, headers=header, timeout=5).status_code] += 1
        except httpx.HTTPError:
            return

    def _tell(self, method: str, what: str, body: Any = None) -> None:
        local.request(method, f"{self.klubba.sandbox}/sandbox/{what}", json=body).raise_for_status()
