"""Each step of a payout is whole or has not happened: whatever fails in its middle, nothing of it stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gateway.models import StripeCall
from ledger.models import Journal
from payouts import transferring
from payouts.models import ConnectedAccount, Earning, PayoutAttempt, PayoutItem, PayoutSchedule
from payouts.reserving import reserve
from payouts.sending import _confirm, _refuse, _write_attempt
from tests.payouts.moving import (
    DUE,
    arrived,
    facts,
    in_the_bank,
    refuse,
    sent_back,
    transfer,
    transferred,
)

PLENTY_MINOR = 1_000_000_000


class Fails(Exception):
    """What came in the way."""


def everything() -> list[Any]:
    """All that a step may have written, but for what Stripe said."""
    tables = (PayoutItem, PayoutSchedule, PayoutAttempt, Earning, Journal)
    rows = [list(table.objects.order_by("pk").values()) for table in tables]  # type: ignore[attr-defined]
    return [*rows, StripeCall.objects.count()]


def nothing(schedule: PayoutSchedule) -> object:
    return None


def reserved(schedule: PayoutSchedule) -> object:
    return reserve(schedule.pk, at=DUE)


def all_there(schedule: PayoutSchedule) -> None:
    reserve(schedule.pk, at=DUE)
    for item in schedule.items.all():
        transfer(item)


def all_refused(schedule: PayoutSchedule) -> None:
    reserve(schedule.pk, at=DUE)
    for item in schedule.items.all():
        refuse(item, "transfers_not_allowed")


def asked_for(schedule: PayoutSchedule) -> None:
    _write_attempt(schedule.pk, there_minor=PLENTY_MINOR, at=DUE)


def in_an_attempt(schedule: PayoutSchedule) -> None:
    asked_for(transferred(schedule))


def concluded(schedule: PayoutSchedule) -> None:
    transferring._conclude(schedule.pk, at=DUE)


def refused(schedule: PayoutSchedule) -> None:
    assert schedule.payout is not None
    _refuse(schedule.payout.pk, "balance_insufficient", at=DUE)


def confirmed(schedule: PayoutSchedule) -> None:
    assert schedule.payout is not None
    _confirm(schedule.payout.pk, facts(schedule.payout), at=DUE)


# What was before, the step, and what its last act is.
STEPS: dict[str, tuple[Callable[..., object], Callable[..., object], str]] = {
    "reserved": (nothing, reserved, "reserving.write_transfer"),
    "confirmed": (reserved, lambda s: transfer(s.items.all()[0]), "transferring.post_journal"),
    "released": (reserved, lambda s: refuse(s.items.all()[0], "no"), "transferring.post_journal"),
    "concluded": (all_there, concluded, "transferring.record_event"),
    "gone back": (all_refused, concluded, "transferring.postpone"),
    "attempted": (transferred, asked_for, "sending.write_payout"),
    "refused": (in_an_attempt, refused, "sending.next_bank_day"),
    "sent": (in_an_attempt, confirmed, "sending.tell"),
    "arrived": (in_the_bank, arrived, "arriving.tell"),
    "returned": (in_the_bank, lambda s: sent_back(s, "no_account"), "arriving.tell"),
}


@pytest.mark.parametrize("step", STEPS)
def test_what_fails_in_its_middle_leaves_nothing_of_it(
    step: str, account: ConnectedAccount, schedule: PayoutSchedule, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare, act, last = STEPS[step]
    prepare(schedule)
    schedule.refresh_from_db()
    before = everything()

    def fail(*args: object, **kwargs: object) -> None:
        raise Fails

    with monkeypatch.context() as broken, pytest.raises(Fails):
        broken.setattr(f"payouts.{last}", fail)
        act(schedule)

    assert everything() == before
    act(schedule)
    assert everything() != before
