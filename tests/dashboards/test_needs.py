"""What needs an operator stands first on the first page, with where to see to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboards.needs import needs_of_operators
from inbox.models import Message
from payments.models import PaymentIntent
from payouts.holding import hold_schedule, trip_breaker
from payouts.models import Hold, PayoutSchedule
from tests.cast import Cast, a_payment, a_won_bid, deliver, event_of
from tests.dashboards.reading import Reader
from tests.payouts.moving import an_account, in_the_bank, sales_of, sent_back
from treasury.differences import Difference, keep_differences


def counted() -> dict[str, int]:
    return {need.label: need.count for need in needs_of_operators(at=timezone.now()) if need.count}


def a_stop(cast: Cast) -> None:
    trip_breaker("audit", reason="I08", at=timezone.now())


def an_approval(cast: Cast) -> None:
    sales_of(cast, 1)
    hold_schedule(PayoutSchedule.objects.get(), reason="x", by=cast.olga, at=timezone.now())
    assert counted() == {}  # An operator's own hold asks for no approval.
    held = Hold.objects.get()
    Hold.objects.create(
        kind="approval", seller=held.seller, schedule=held.schedule, reason="x", placed_at=held.placed_at
    )


def a_return(cast: Cast) -> None:
    an_account(cast.saga)
    sales_of(cast, 1)
    sent_back(in_the_bank(PayoutSchedule.objects.get()), "account_closed")


def a_difference(cast: Cast) -> None:
    at = timezone.now()
    told = {"currency": "SEK", "expected_minor": 0, "found_minor": 5, "made_at": at - timedelta(hours=2)}
    keep_differences([], [Difference(kind="fee", object_type="charge", object_id="ch_1", **told)], at=at)


def a_stopped_message(cast: Cast) -> None:
    deliver(event_of("payment_intent.succeeded", {"id": "pi_1"}))
    Message.objects.update(state="dead", attempts=8, handled_at=timezone.now())


def a_payment_that_hangs(cast: Cast) -> None:
    payment = a_payment(a_won_bid(cast.bo, cast.saga, at=timezone.now()))
    for minutes in (9, 11):
        told_at = timezone.now() - timedelta(minutes=minutes)
        PaymentIntent.objects.filter(pk=payment.pk).update(status="processing", status_as_of=told_at)
        assert bool(counted()) == (minutes == 11)


NEEDS: dict[str, tuple[Callable[[Cast], None], str]] = {
    "Stops of all payouts": (a_stop, "/operator/payouts/"),
    "Payouts to approve": (an_approval, "/operator/runs/"),
    "Payouts the bank returned": (a_return, "/operator/payouts/?state=returned"),
    "Differences from Stripe": (a_difference, "/operator/differences/"),
    "Webhooks that need a person": (a_stopped_message, "/operator/webhooks/?state=stopped"),
    "Payments confirming for over 10 minutes": (a_payment_that_hangs, "/operator/?state=processing"),
}


@pytest.mark.parametrize("label", NEEDS)
def test_each_is_counted_and_leads_to_its_list(cast: Cast, olga: Reader, label: str) -> None:
    happen, address = NEEDS[label]
    assert "Nothing needs you." in olga.get("/operator/").text
    happen(cast)

    page = olga.get("/operator/")
    assert counted() == {label: 1}
    assert f"{label} 1" in page.text and "Nothing needs you." not in page.text
    assert f'<a href="{address}" class="alarm">' in page.html
    assert olga.get(address).status == 200


def test_what_solves_itself_is_no_alarm(olga: Reader) -> None:
    deliver(event_of("payment_intent.succeeded", {"id": "pi_1"}))
    Message.objects.update(attempts=2)

    page = olga.get("/operator/")
    assert "Webhooks tried in vain so far 1" in page.text and "Nothing needs you." in page.text
    assert 'class="alarm"' not in page.html


def test_it_is_counted_by_indexes_of_what_is_open(own_database: str) -> None:
    with CaptureQueriesContext(connection) as seen:
        needs_of_operators(at=timezone.now())
    assert len(seen) == 1
    plans = []
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        for one in seen.captured_queries:
            cursor.execute(f"EXPLAIN {one['sql']}")
            plans += [line for (line,) in cursor.fetchall()]

    used = set(re.findall(r"(?:using|Index Scan on) (\w+)", "\n".join(plans)))
    assert used >= {"payment_open", "schedule_open", "message_stopped", "message_waiting", "break_open"}
