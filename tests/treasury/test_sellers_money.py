"""What a payout and a reversal move on our balance is named by them, over the wire, to the last unit."""

from __future__ import annotations

from datetime import datetime, time

import pytest
from django.utils import timezone

from ledger.balances import balance_minor
from payouts.bank_days import PLATFORM_ZONE
from payouts.models import PayoutItem, PayoutSchedule
from payouts.processors import PayoutProcessor
from payouts.reversing import reverse_schedule
from tests.cast import Cast
from tests.treasury.market import AT_ONCE, CLEARING, Market, differences, is_all_named, journals
from treasury.balance_transactions import poll_movements


@pytest.fixture
def sold(cast: Cast, market: Market) -> Cast:
    """Two sales whose money is there, and an account to send it to."""
    market.onboard(cast.saga)
    for _ in range(2):
        market.sell(cast, card=AT_ONCE)
    poll_movements(at=timezone.now())
    return cast


def pay_out() -> PayoutSchedule:
    """The run of its day."""
    schedule = PayoutSchedule.objects.get(state="scheduled")
    morning = datetime.combine(schedule.scheduled_date, time(8), tzinfo=PLATFORM_ZONE)
    PayoutProcessor.pay_due_schedules(at=morning)
    schedule.refresh_from_db()
    return schedule


def test_transfers_are_named_by_their_items_and_what_is_left_is_ours(sold: Cast, market: Market) -> None:
    schedule = pay_out()
    assert schedule.state == "in_transit"

    assert poll_movements(at=timezone.now()) == 2

    items = PayoutItem.objects.values_list("pk", flat=True)
    assert {f"transfer:{pk}" for pk in items} <= set(journals().values())
    assert balance_minor(CLEARING) == market.balance_minor() == 2 * 60_320
    assert (differences(), is_all_named()) == ({}, True)


def test_what_is_taken_back_is_named_by_its_reversal(sold: Cast, market: Market) -> None:
    market.fault("insufficient_funds", method="POST", path="/v1/payouts")
    schedule = pay_out()
    assert schedule.state == "transferred"

    assert reverse_schedule(schedule, reason="a mistake", by=sold.olga, at=timezone.now()) == 2
    poll_movements(at=timezone.now())

    assert sum(str(key).startswith("reversal:") for key in journals().values()) == 2
    assert balance_minor(CLEARING) == market.balance_minor() == 2 * 1_083_320
    assert balance_minor(f"seller:{sold.saga.pk}:payable") == 2 * 1_023_000
    assert (differences(), is_all_named()) == ({}, True)
