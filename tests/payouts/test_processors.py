"""The run as a whole: what contradicts the books stops it, and ends nothing by force."""

from __future__ import annotations

from datetime import timedelta

from ledger.posting import Line, post_journal
from payouts.models import Breaker, ConnectedAccount, PayoutSchedule
from payouts.processors import PayoutProcessor
from tests.browser.sandbox_process import Sandbox
from tests.cast import Cast
from tests.payouts.moving import DUE, stands


def test_a_payout_that_contradicts_the_books_trips_the_breaker(
    cast: Cast, account: ConnectedAccount, schedule: PayoutSchedule, stripe_at: Sandbox
) -> None:
    post_journal(
        key=f"payout:{schedule.pk}:reserve:1",
        currency="SEK",
        lines=[Line("stripe:clearing", "suspense", 1)],
        at=DUE,
    )

    for minutes in (0, 1):
        assert PayoutProcessor.pay_due_schedules(at=DUE + timedelta(minutes=minutes)) == 0

    breaker = Breaker.objects.get()
    assert (breaker.cause, f"{schedule} contradicts" in breaker.reason) == ("books", True)
    assert stands(cast) == {"payable": 3}
    assert "stopped" in PayoutSchedule.objects.get().reason
