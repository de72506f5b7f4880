"""A market under one seed: buyers, sellers, a Stripe of its own, one clock, and dice for everything else."""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from django.db import connection, connections
from django.test import override_settings

from config.worker import ALL_HANDLERS
from gateway.client import stripe_client
from gateway.events import list_events
from payouts.models import ConnectedAccount
from people.models import User
from tests import local
from tests.browser.sandbox_process import Sandbox, run_sandbox
from tests.cast import Cast, make_cast
from tests.databases import copied_database, pointed_at
from tests.payouts.wire import Wire

# A Monday. Far ahead, since Stripe's clock never goes back, and always the same, since banks have holidays.
BEGIN = datetime(2035, 3, 5, 8, 0, tzinfo=UTC)
A_MOMENT_SECONDS = 2
REMEMBERED = timedelta(days=3)


@dataclass(frozen=True)
class Charge:
    seller_id: int
    total_minor: int


@dataclass
class World:
    """`bids` are those that have won, `payments` those that were begun, in the order in which they were.

    `charged` is whose card was taken, as whoever stood at the till has seen it.
    """

    sandbox: Sandbox
    cast: Cast
    seed: int
    dice: random.Random
    now: datetime = BEGIN
    sellers: list[User] = field(default_factory=list)
    bids: list[int] = field(default_factory=list)
    payments: list[UUID] = field(default_factory=list)
    charged: dict[UUID, Charge] = field(default_factory=dict)
    is_due: bool = False
    faults_met: int = 0

    @property
    def buyers(self) -> list[User]:
        return [self.cast.bo, self.cast.mallory]

    def pass_time(self, time: timedelta) -> None:
        """Both clocks go on; what is due at Stripe by then has happened."""
        self.now += time
        self.control("POST", "clock", {"now": int(self.now.timestamp())})

    def settle(self) -> None:
        """Stripe has done what it does a moment after its answer."""
        self.control("POST", "clock", {"advance_seconds": A_MOMENT_SECONDS})

    def control(self, method: str, name: str, body: object = None) -> httpx.Response:
        answer = local.request(method, f"{self.sandbox.origin}/sandbox/{name}", json=body)
        return answer.raise_for_status()

    def fail(self, rules: list[dict[str, object]], *, seed: int) -> None:
        """From now on Stripe fails by these rules, and by none of those before."""
        self.count_faults()
        self.control("PUT", "faults", {"seed": seed, "rules": rules})

    def count_faults(self) -> None:
        told = self.control("GET", "faults").json()
        self.faults_met += sum(rule["fired"] for rule in told["rules"])

    def events(self) -> list[tuple[str, dict[str, Any]]]:
        """What happened lately at Stripe, each with the endpoint that is told of it; oldest first."""
        accounts = ConnectedAccount.objects.exclude(stripe_account_id=None).order_by("created_at", "pk")
        told = [("platform", event) for event in self._events_of(None)]
        for account in accounts.values_list("stripe_account_id", flat=True):
            told += [("connect", event) for event in self._events_of(account)]
        return told

    def _events_of(self, account_id: str | None) -> list[dict[str, Any]]:
        pages = list_events(ALL_HANDLERS, since=self.now - REMEMBERED, account_id=account_id)
        return [event for page in pages for event in page][::-1]


@contextmanager
def a_world(seed: int) -> Iterator[World]:
    """Its own database and its own Stripe; the same seed makes the same ids."""
    with (
        tempfile.TemporaryDirectory(prefix="klubba-simulation-") as folder,
        copied_database() as name,
        pointed_at(name),
        run_sandbox(Path(folder)) as sandbox,
        override_settings(STRIPE_API_BASE=sandbox.origin),
        seeded_ids(seed),
    ):
        stripe_client.cache_clear()
        try:
            yield _inhabited(World(sandbox, make_cast(), seed, random.Random(seed)))
        finally:
            connections.close_all()
            stripe_client.cache_clear()


@contextmanager
def seeded_ids(seed: int) -> Iterator[None]:
    """Ids that are made at random are made by dice."""
    dice, before = random.Random(f"ids of {seed}"), os.urandom
    os.urandom = dice.randbytes
    try:
        yield
    finally:
        os.urandom = before


def shuffle_alike(seed: int) -> None:
    """What the database puts in any order, it puts in the same."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(%s)", [random.Random(seed).uniform(-1, 1)])


def _inhabited(world: World) -> World:
    """Two sellers whose bank Stripe knows."""
    sven = User.objects.create(email="sven@klubba.example", name="Sven Svan", is_seller=True)
    world.sellers = [world.cast.saga, sven]
    world.pass_time(timedelta(0))
    for seller in world.sellers:
        Wire(world.sandbox, world.cast, world.now).onboard(seller)
    return world
