"""What is owed is taken off what leaves, line by line, and given back with what did not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from payouts import transferring
from payouts.models import ConnectedAccount, Earning, PayoutItem, PayoutSchedule
from payouts.reserving import reserve
from tests.cast import Cast
from tests.payouts.moving import DUE, arrived, balance, in_the_bank, owe, refuse, sales_of, transfer

pytestmark = pytest.mark.usefixtures("books_hold")


def test_a_part_of_a_line_goes_towards_the_debt(cast: Cast, account: ConnectedAccount) -> None:
    sales_of(cast, 1)
    owe(cast, 23_000)

    arrived(in_the_bank(PayoutSchedule.objects.get()))

    item = PayoutItem.objects.get()
    assert (item.gross_minor, item.netted_minor, item.net_minor) == (1_023_000, 23_000, 1_000_000)
    assert (balance(cast, "receivable"), balance(cast, "payable")) == (0, 0)


def test_a_line_that_goes_wholly_is_settled_and_needs_no_transfer(
    cast: Cast, account: ConnectedAccount
) -> None:
    sales_of(cast, 2)
    owe(cast, 1_023_000)

    schedule = in_the_bank(PayoutSchedule.objects.get())

    assert sorted(schedule.items.values_list("state", "net_minor")) == [
        ("settled", 0),
        ("transferred", 1_023_000),
    ]
    assert sorted(Earning.objects.values_list("status", flat=True)) == ["completed", "pending"]
    assert (schedule.total_minor, balance(cast, "receivable")) == (1_023_000, 0)


def test_when_all_of_it_goes_there_is_no_payout(cast: Cast, account: ConnectedAccount) -> None:
    sales_of(cast, 1)
    owe(cast, 1_500_000)
    schedule = PayoutSchedule.objects.get()

    assert not reserve(schedule.pk, at=DUE)

    schedule.refresh_from_db()
    assert (schedule.state, schedule.reason) == ("canceled", "All of it went towards what you owed.")
    assert (balance(cast, "receivable"), balance(cast, "payable")) == (477_000, 0)
    assert Earning.objects.get().status == "completed"


def test_refused_the_debt_stands_again(cast: Cast, account: ConnectedAccount) -> None:
    sales_of(cast, 2)
    owe(cast, 23_000)
    schedule = PayoutSchedule.objects.get()
    assert reserve(schedule.pk, at=DUE)
    first, second = schedule.items.select_related("schedule").order_by("pk")
    refuse(first, "charge_disputed")
    transfer(second)
    transferring._conclude(schedule.pk, at=DUE)

    assert (balance(cast, "receivable"), balance(cast, "payable")) == (23_000, 1_023_000)
    anew = PayoutSchedule.objects.get(state="scheduled")
    assert reserve(anew.pk, at=DUE + timedelta(days=1))
    assert (balance(cast, "receivable"), balance(cast, "reserved")) == (0, 1_000_000)


@pytest.mark.parametrize("currency", ["HUF", "TWD", "ISK", "UGX"])
def test_what_is_left_of_a_line_can_be_paid_out_in_whole_units(
    cast: Cast, account: ConnectedAccount, currency: str
) -> None:
    sales_of(cast, 1, amount_minor=1_100_000, currency=currency)
    owe(cast, 12_345, currency=currency)

    assert reserve(PayoutSchedule.objects.get().pk, at=DUE)

    assert PayoutItem.objects.get().net_minor == 1_023_000 - 12_300
    assert balance(cast, "receivable", currency) == 45
