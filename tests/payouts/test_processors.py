"""The run as a whole: what contradicts the books stops it, and ends nothing by force."""

from __future__ import annotations

from datetime import timedelta

import pytest

from events.models import Event
from ledger.posting import Line, post_journal
from payouts.models import Breaker, ConnectedAccount, PayoutSchedule
from payouts.processors import PayoutProcessor
from tests.browser.sandbox_process import Sandbox
from tests.cast import NOON, Cast
from tests.payouts.moving import DUE, sales_of, stands


@pytest.mark.parametrize(
    ("key", "debit"),
    [("payout:{schedule}:reserve:1", "stripe:clearing"), ("taken:1", "seller:{seller}:payable")],
    ids=["its journal is written otherwise", "the books hold less than it needs"],
)
def test_a_payout_that_contradicts_the_books_trips_the_breaker(
    cast: Cast, account: ConnectedAccount, schedule: PayoutSchedule, stripe_at: Sandbox, key: str, debit: str
) -> None:
    line = Line(debit.format(seller=cast.saga.pk), "bank:platform", 1)
    post_journal(key=key.format(schedule=schedule.pk), currency="SEK", lines=[line], at=DUE)
    stood = stands(cast)

    for minutes in (0, 1):
        assert PayoutProcessor.pay_due_schedules(at=DUE + timedelta(minutes=minutes)) == 0

    breaker = Breaker.objects.get()
    assert (breaker.cause, f"{schedule} contradicts" in breaker.reason) == ("books", True)
    assert stands(cast) == stood
    assert "stopped" in PayoutSchedule.objects.get().reason


def test_a_run_tells_of_what_has_lain_for_75_days_at_most_so_many_at_once(cast: Cast) -> None:
    sales_of(cast, 2)
    on_76th = NOON + timedelta(days=2 + 76)

    for told in (1, 2, 2):
        PayoutProcessor.pay_due_schedules(at=on_76th, limit=1)
        assert Event.objects.filter(kind="earning.old", details__days=76).count() == told
