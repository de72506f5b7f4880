"""A Klubba in the middle of its day, a dump of that moment, and what happens at Stripe after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from io import FileIO
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import connection, connections
from django.utils import timezone

from audit.heads import export_head
from audit.sealing import seal_rows
from config.drill.drilling import run_drill
from config.drill.dumps import take_dump
from config.worker import ALL_HANDLERS
from inbox.handling import handle_waiting
from notifications.delivery import deliver_letters
from notifications.writing import write_letters
from payments.initiation import start_payment
from payments.models import PaymentIntent
from payouts.models import Earning
from payouts.processors import PayoutProcessor
from tests.cast import a_won_bid
from tests.databases import drop, url_of
from tests.payouts.wire import Wire
from tests.treasury.market import AT_ONCE
from treasury.balance_transactions import poll_movements
from treasury.missed_events import poll_events

LONG_AGO = timedelta(hours=1)


@dataclass
class Backup:
    """The dump knows of a sale on its way to Saga's bank, of one that waits, of one that is only begun."""

    wire: Wire
    name: str
    dump: Path
    begun: PaymentIntent
    unknown: PaymentIntent

    @property
    def url(self) -> str:
        return url_of(self.name)

    def drill(self, dump: Path) -> None:
        run_drill(self.url, say=print, dump=dump)

    def dump_with(self, *statements: str) -> Path:
        """A dump in which somebody who may do anything has done each of these to a row."""
        altered = f"{self.name}_altered"
        connections.close_all()
        with psycopg.connect(settings.DATABASE_URL, autocommit=True) as owner:
            owner.execute(f"CREATE DATABASE {altered} TEMPLATE {self.name}")
        try:
            with psycopg.connect(url_of(altered)) as anybody:
                anybody.execute("SET session_replication_role = 'replica'")
                for statement in statements:
                    assert anybody.execute(statement).rowcount == 1, statement
            return dump_of(altered, self.dump.with_name("altered.dump"))
        finally:
            drop(altered)

    def databases_beside(self) -> list[str]:
        """Those of the server whose names begin as this one's."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY 1", [f"{self.name}_"]
            )
            return [name for (name,) in cursor.fetchall()]


def a_backup(wire: Wire, *, name: str, folder: Path) -> Backup:
    """The day until the dump, the dump, and the days after it."""
    begun = _live(wire)
    assert export_head(settings.SEAL_HEADS, at=timezone.now() - LONG_AGO)
    dump = dump_of(name, folder / "klubba.dump")
    return Backup(wire, name, dump, begun, unknown=_go_on(wire, begun))


def _live(wire: Wire) -> PaymentIntent:
    """Answers the payment that is begun and no more."""
    pay(wire, begin(wire))
    do_duties(wire)
    Earning.objects.update(available_on=wire.now.date())
    wire.pass_days(7)
    PayoutProcessor.pay_due_schedules(at=wire.now)
    pay(wire, begin(wire))
    begun = begin(wire)
    do_duties(wire)
    return begun


def _go_on(wire: Wire, begun: PaymentIntent) -> PaymentIntent:
    """The bank has the payout, Bo pays what was begun, and in a sale that no dump knows. Nobody hears."""
    wire.pass_days(5)
    pay(wire, begun)
    unknown = begin(wire)
    pay(wire, unknown)
    seal_rows()
    assert export_head(settings.SEAL_HEADS, at=timezone.now())
    return unknown


def begin(wire: Wire) -> PaymentIntent:
    bid = a_won_bid(wire.cast.bo, wire.cast.saga, reserve_minor=None, at=wire.now)
    return start_payment(bid, buyer=wire.cast.bo, at=wire.now).payment


def pay(wire: Wire, payment: PaymentIntent) -> None:
    wire.sandbox.confirm_intent(payment.stripe_payment_intent_id or "", payment_method=AT_ONCE)


def do_duties(wire: Wire) -> None:
    """What a worker does, but for paying."""
    poll_events(at=wire.now)
    while handle_waiting(ALL_HANDLERS, limit=100, at=wire.now):
        pass
    poll_movements(at=wire.now)
    write_letters(at=wire.now)
    while deliver_letters(at=wire.now):
        pass
    seal_rows()


def dump_of(name: str, path: Path) -> Path:
    with FileIO(path, "w") as file:
        take_dump(url_of(name), file)
    return path
