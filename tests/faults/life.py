"""One sale's life, from the card to the bank, in steps that may each be done again; and dying on the way."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connections

from audit.sealing import seal_rows
from config.worker import ALL_HANDLERS
from faults.crashpoints import arm
from gateway.client import stripe_client
from inbox.handling import handle_waiting
from notifications.delivery import deliver_letters
from notifications.writing import write_letters
from payments.initiation import start_payment
from payments.models import PaymentIntent
from payouts.models import ConnectedAccount, Earning
from payouts.processors import PayoutProcessor
from tests import local
from tests.cast import a_won_bid
from tests.payouts.wire import Wire
from treasury.balance_transactions import poll_movements
from treasury.missed_events import poll_events

DAYS = (0, 7, 8, 9, 11)


@dataclass
class Life:
    """Bo has paid at Stripe, Saga has told Stripe where the bank is, and we know of neither."""

    wire: Wire
    began: datetime

    def live(self) -> None:
        """All that the worker does, on each day that something happens."""
        for day in DAYS:
            self.wire.now = self.began + timedelta(days=day)
            self._move_stripes_clock()
            self.do_duties(at=self.wire.now)

    def _move_stripes_clock(self) -> None:
        """Never back: whoever died may have been further."""
        clock, at = f"{self.wire.sandbox.origin}/sandbox/clock", int(self.wire.now.timestamp())
        if local.post(clock, json={"advance_seconds": 0}).json()["now"] < at:
            local.post(clock, json={"now": at}).raise_for_status()

    def do_duties(self, *, at: datetime) -> None:
        poll_events(at=at)
        while handle_waiting(ALL_HANDLERS, limit=100, at=at):
            pass
        Earning.objects.filter(available_on=None).update(available_on=self.began.date())
        PayoutProcessor.pay_due_schedules(at=at)
        poll_movements(at=at)
        write_letters(at=at)
        while deliver_letters(at=at):
            pass
        seal_rows()

    def transfers(self) -> list[int]:
        return self.wire.made("transfer")

    def payouts(self) -> list[int]:
        return self.wire.made("payout")


def a_life(wire: Wire) -> Life:
    account = wire.onboard(wire.cast.saga)
    assert ConnectedAccount.objects.get().stripe_account_id == account
    bid = a_won_bid(wire.cast.bo, wire.cast.saga, reserve_minor=None, at=wire.now)
    payment: PaymentIntent = start_payment(bid, buyer=wire.cast.bo, at=wire.now).payment
    wire.sandbox.confirm_intent(
        payment.stripe_payment_intent_id or "", payment_method="pm_card_bypassPending"
    )
    return Life(wire, wire.now)


def dies_of(point: str, act: Callable[[], None]) -> bool:
    """Do it in a process of its own that is armed; whether it was killed. One that fails is an error."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        _act_armed(point, act)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the process failed by itself"
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def _act_armed(point: str, act: Callable[[], None]) -> None:
    """The child's whole life: it never returns into the test."""
    ended = 1
    try:
        stripe_client.cache_clear()
        arm(point)
        act()
        ended = 0
    finally:
        if ended:
            os.write(2, traceback.format_exc().encode())
        os._exit(ended)
