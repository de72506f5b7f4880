"""The rolling reserve: kept in completion, given on its day, and the line done when all of it has arrived."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from payouts.keeping import release_kept
from payouts.models import ConnectedAccount, Earning, PayoutItem, PayoutSchedule
from payouts.processors import PayoutProcessor
from tests.cast import NOON, Cast, a_charged_payment, a_won_bid
from tests.payouts.moving import DUE, arrived, balance, in_the_bank, sales_of, under

pytestmark = pytest.mark.usefixtures("books_hold")

ITS_DAY = NOON + timedelta(days=30)


def test_a_tenth_is_kept_in_completion_and_leaves_on_its_day(cast: Cast, account: ConnectedAccount) -> None:
    under(cast, reserve_bp=1_000, reserve_days=30)
    (earning,) = sales_of(cast, 1)
    assert (balance(cast, "payable"), balance(cast, "rolling_reserve")) == (920_700, 102_300)

    arrived(in_the_bank(PayoutSchedule.objects.get()))
    assert Earning.objects.get().status == "pending"
    assert release_kept(limit=10, at=ITS_DAY - timedelta(days=1)) == 0
    assert release_kept(limit=10, at=ITS_DAY) == 1
    assert release_kept(limit=10, at=ITS_DAY) == 0

    assert (balance(cast, "payable"), balance(cast, "rolling_reserve")) == (102_300, 0)
    item = PayoutItem.objects.get(part="reserve_release")
    assert (item.gross_minor, item.schedule.scheduled_date) == (102_300, date(2026, 12, 23))
    arrived(in_the_bank(item.schedule, at=ITS_DAY), at=ITS_DAY)
    earning.refresh_from_db()
    assert earning.status == "completed"


def test_a_later_policy_changes_nothing_that_is_kept(cast: Cast) -> None:
    under(cast, reserve_bp=1_000, reserve_days=30)
    (earning,) = sales_of(cast, 1)
    under(cast, reserve_bp=5_000, reserve_days=60)

    assert (earning.kept_minor, earning.kept_until) == (102_300, date(2026, 12, 23))


def test_a_corrected_day_of_payment_moves_the_day_of_what_is_kept(cast: Cast) -> None:
    under(cast, reserve_bp=1_000, reserve_days=30)
    (earning,) = sales_of(cast, 1)

    PayoutProcessor.correct_day_of_payment(
        earning.payment_id, paid_on=earning.paid_on - timedelta(days=1), at=NOON
    )

    earning.refresh_from_db()
    assert earning.kept_until == date(2026, 12, 22)


def test_under_a_manual_policy_it_is_given_all_the_same(cast: Cast) -> None:
    under(cast, reserve_bp=1_000, reserve_days=30, interval="manual")
    sales_of(cast, 1)
    assert not PayoutSchedule.objects.exists()

    assert release_kept(limit=10, at=ITS_DAY) == 1

    assert (balance(cast, "payable"), balance(cast, "rolling_reserve")) == (1_023_000, 0)
    assert PayoutSchedule.objects.get().total_minor == 102_300


def test_the_smallest_sale_is_completed_under_the_largest_reserve(cast: Cast) -> None:
    under(cast, reserve_bp=5_000, reserve_days=30)
    bid = a_won_bid(cast.bo, cast.saga, amount_minor=100, currency="HUF", reserve_minor=None)

    sales_of(cast, 1, amount_minor=100, currency="HUF")

    assert a_charged_payment(bid).total_minor == 100
    assert PayoutSchedule.objects.get().total_minor == 100


def test_what_is_dropped_of_it_gets_a_new_day_too(cast: Cast, account: ConnectedAccount) -> None:
    under(cast, reserve_bp=1_000, reserve_days=30)
    sales_of(cast, 1)
    release_kept(limit=10, at=ITS_DAY)
    item = PayoutItem.objects.get(part="reserve_release")

    PayoutProcessor.create_payout_schedule(at=DUE)

    assert [i.pk for i in PayoutItem.objects.filter(part="reserve_release")] == [item.pk]
