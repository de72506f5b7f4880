"""Earnings get on one dated schedule each, and a second call adds nothing."""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connections, transaction

from payouts.models import Earning, PayoutItem, PayoutSchedule
from payouts.processors import PayoutProcessor
from people.models import User
from tests.cast import NOON, Cast

schedule = PayoutProcessor.create_payout_schedule
TODAY = NOON.date()


def an_earning(
    seller: User, amount_minor: int = 1_023_000, *, currency: str = "SEK", paid_on: date = TODAY
) -> Earning:
    return Earning.objects.create(
        payment_id=uuid.uuid4(),
        seller=seller,
        currency=currency,
        amount_minor=amount_minor,
        stripe_charge_id="ch_1",
        paid_on=paid_on,
        status="pending" if amount_minor else "completed",
        created_at=NOON,
    )


def test_one_open_schedule_for_each_seller_currency_and_day(cast: Cast) -> None:
    earnings = [
        an_earning(cast.saga, 100),
        an_earning(cast.saga, 200),
        an_earning(cast.saga, 300, currency="EUR"),
        an_earning(cast.saga, 400, paid_on=TODAY + timedelta(days=1)),
        an_earning(cast.bo, 500),
    ]

    answered = schedule(earnings, at=NOON)

    rows = PayoutSchedule.objects.values_list(
        "seller", "currency", "scheduled_date", "total_minor", "item_count"
    )
    assert sorted(rows) == sorted(
        [
            (cast.saga.pk, "SEK", date(2026, 11, 30), 300, 2),
            (cast.saga.pk, "EUR", date(2026, 11, 30), 300, 1),
            (cast.saga.pk, "SEK", date(2026, 12, 1), 400, 1),
            (cast.bo.pk, "SEK", date(2026, 11, 30), 500, 1),
        ]
    )
    assert len(answered) == 5


def test_scheduling_twice_adds_nothing(cast: Cast) -> None:
    earning = an_earning(cast.saga)

    first = schedule([earning], at=NOON)
    again = schedule([earning], at=NOON)
    all_of_them = schedule(at=NOON)

    assert again == first
    assert all_of_them == []
    assert PayoutSchedule.objects.get().total_minor == 1_023_000


def test_without_a_list_it_takes_what_is_on_no_schedule(cast: Cast) -> None:
    on_one, left = an_earning(cast.saga, 100), an_earning(cast.saga, 200)
    schedule([on_one], at=NOON)

    schedule(at=NOON)

    assert PayoutItem.objects.get(earning=left).net_minor == 200
    assert PayoutSchedule.objects.get().total_minor == 300


def test_an_earning_of_nothing_needs_no_payout(cast: Cast) -> None:
    assert schedule([an_earning(cast.saga, 0)], at=NOON) == []
    assert not PayoutSchedule.objects.exists()


def test_what_is_being_sent_takes_no_more(cast: Cast) -> None:
    schedule([an_earning(cast.saga, 100)], at=NOON)
    PayoutSchedule.objects.update(state="sending", destination_account="acct_1", destination_bank="ba_1")

    schedule([an_earning(cast.saga, 200)], at=NOON)

    assert sorted(PayoutSchedule.objects.values_list("state", "total_minor")) == [
        ("scheduled", 200),
        ("sending", 100),
    ]


def test_heard_of_weeks_late_it_goes_with_the_next_run(cast: Cast) -> None:
    earning = an_earning(cast.saga, paid_on=date(2026, 10, 1))

    assert schedule([earning], at=NOON)[0].scheduled_date == date(2026, 11, 23)


def test_the_database_allows_an_earning_on_one_live_schedule_only(cast: Cast) -> None:
    earning = an_earning(cast.saga)
    (planned,) = schedule([earning], at=NOON)

    with pytest.raises(IntegrityError, match="one_live_item"), transaction.atomic():
        PayoutItem.objects.create(earning=earning, schedule=planned, gross_minor=1, net_minor=1)


def test_a_corrected_day_of_payment_moves_the_sale_and_its_sums(cast: Cast) -> None:
    moved, stays = an_earning(cast.saga, 100), an_earning(cast.saga, 200)
    schedule([moved, stays], at=NOON)

    PayoutProcessor.correct_day_of_payment(moved.payment_id, paid_on=date(2026, 11, 24), at=NOON)

    rows = PayoutSchedule.objects.values_list("scheduled_date", "state", "total_minor", "item_count")
    assert sorted(rows) == [
        (date(2026, 11, 30), "scheduled", 200, 1),
        (date(2026, 12, 1), "scheduled", 100, 1),
    ]


def test_a_crowd_schedules_every_earning_once(own_cast: Cast) -> None:
    earnings = [an_earning(own_cast.saga, 100) for _ in range(20)]
    start = threading.Barrier(10)

    def schedule_some(number: int) -> None:
        start.wait()
        try:
            schedule(None if number % 2 else earnings, at=NOON)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as threads:
        list(threads.map(schedule_some, range(10)))

    planned = PayoutSchedule.objects.get()
    assert (planned.total_minor, planned.item_count) == (2_000, 20)
    assert PayoutItem.objects.count() == 20
