"""`manage.py reconcile`: everything once, in a line each; it ends with 1 while something differs for good."""

from __future__ import annotations

from io import StringIO

import pytest
import time_machine
from django.core.management import call_command

from payouts.processors import PayoutProcessor
from tests.treasury.beside import Beside
from treasury.models import Watermark


@pytest.fixture(autouse=True)
def read_until_now(beside: Beside) -> None:
    """What other tests moved at the sandbox was read before."""
    Watermark.objects.create(name="balance_transactions", at=beside.wire.now)


def reconcile(beside: Beside, **later: int) -> tuple[int, list[str]]:
    """What it ends with, and what it said."""
    said = StringIO()
    with time_machine.travel(beside.later(**later)):
        try:
            call_command("reconcile", stdout=said)
        except SystemExit as ended:
            return int(str(ended.code)), said.getvalue().splitlines()
    return 0, said.getvalue().splitlines()


def test_where_nothing_differs_it_says_so_and_ends_well(beside: Beside) -> None:
    beside.wire.onboard(beside.cast.saga)
    beside.wire.sell()
    PayoutProcessor.pay_due_schedules(at=beside.wire.pass_days(7))

    status, said = reconcile(beside)
    assert (status, said[1:]) == (0, ["0 movements not named yet, 0 in suspense", "0 differences are open"])


def test_it_says_what_differs_and_ends_ill_until_it_does_no_more(beside: Beside) -> None:
    charge = beside.paid_by_hand(amount=70_050, metadata={"payment": "nobody's"})["latest_charge"]

    young = f"charge {charge}: 700.50 SEK at Stripe, 0.00 here, since {beside.later(minutes=5).isoformat()}"
    assert reconcile(beside, minutes=5)[0] == 0
    status, said = reconcile(beside)
    assert (status, said[2], said[3]) == (1, "1 differences are open", f"unknown {young}")


def test_what_no_event_brought_is_in_the_inbox_when_it_ends(beside: Beside) -> None:
    payment = beside.paid_untold()
    beside.wire.pass_days(2)
    assert reconcile(beside)[0] == 1
    beside.drain()

    payment.refresh_from_db()
    assert payment.outcome == "sale"
    assert reconcile(beside, hours=3)[0] == 0
