"""Every movement of our balance is booked once, and has one journal; what nobody knows is in suspense."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from gateway.models import StripeCall
from ledger.balances import balance_minor
from ledger.posting import Line, post_journal
from payments.completion_services.payment_completion import PaymentCompletionService
from payments.models import PaymentIntent
from payouts.models import ConnectedAccount, Earning, PayoutSchedule
from tests.cast import NOON, Cast, a_charged_payment, a_won_bid
from tests.payouts.moving import an_account, sales_of, transferred
from tests.treasury.market import CLEARING, a_movement, differences, is_all_named, journals
from treasury.balance_transactions import keep_movements
from treasury.models import BalanceTransaction
from treasury.naming import name_movements

FEES = "platform:stripe_fees"
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def account(cast: Cast) -> ConnectedAccount:
    return an_account(cast.saga)


def a_charge(cast: Cast) -> PaymentIntent:
    return a_charged_payment(a_won_bid(cast.bo, cast.saga))


def complete(payment: PaymentIntent) -> None:
    PaymentCompletionService.process_payment_completion(payment, at=NOON)


def keep(*movements, at: datetime = NOON) -> int:
    """Keep and name them; answers how many were new."""
    fresh = keep_movements(list(movements), at=at)
    name_movements(at=at)
    return fresh


def test_a_charges_movement_is_named_by_its_sale_and_its_fee_is_ours(cast: Cast) -> None:
    payment = a_charge(cast)
    complete(payment)

    keep(a_movement(source=payment.stripe_charge_id))

    assert journals() == {"txn_1": f"payment:{payment.pk}"}
    assert (balance_minor(CLEARING), balance_minor(FEES)) == (1_083_320, 16_680)
    assert (differences(), is_all_named()) == ({}, True)


def test_told_again_or_in_overlapping_pages_it_is_booked_once(cast: Cast) -> None:
    first, second, third = (
        a_movement(name, type="stripe_fee", amount_minor=-5, fee_minor=0) for name in "123"
    )

    assert keep(second, first) == 2
    assert keep(second, first) == 0
    assert keep(third, second, third) == 1

    assert (balance_minor(CLEARING), balance_minor(FEES)) == (-15, 15)
    assert BalanceTransaction.objects.count() == 3


def test_a_fee_that_is_given_back_goes_the_other_way(db: None) -> None:
    keep(a_movement(type="adjustment", amount_minor=0, fee_minor=700))
    keep(a_movement("2", type="adjustment", amount_minor=0, fee_minor=-700))

    assert (balance_minor(CLEARING), balance_minor(FEES), balance_minor("suspense")) == (0, 0, 0)
    assert (differences(), is_all_named()) == ({}, True)


@pytest.mark.parametrize(
    ("kind", "minor", "account", "stands"),
    [
        ("stripe_fee", -2_000, FEES, 2_000),
        ("tax_fee", 2_000, FEES, -2_000),
        ("topup", 5_000, "bank:platform", -5_000),
        ("topup_reversal", -5_000, "bank:platform", 5_000),
        ("reserve_transaction", -700, "stripe:reserved", 700),
        ("reserve_release", 700, "stripe:reserved", -700),
        ("payout_minimum_balance_hold", -700, "stripe:reserved", 700),
        ("adjustment", 300, "suspense", 300),
        ("a_type_of_tomorrow", -300, "suspense", -300),
    ],
)
def test_what_its_type_alone_explains_is_booked_the_same_minute_and_what_nothing_explains_too(
    db: None, kind: str, minor: int, account: str, stands: int
) -> None:
    keep(a_movement(type=kind, source="", amount_minor=minor, fee_minor=0))

    assert (balance_minor(CLEARING), balance_minor(account)) == (minor, stands)
    assert (differences(), is_all_named()) == ({}, True)


def test_two_top_ups_with_one_source_are_two(db: None) -> None:
    topups = [a_movement(n, type="topup", source="tu_1", amount_minor=5, fee_minor=0) for n in "12"]

    keep(*topups)

    assert balance_minor("bank:platform") == -10
    assert is_all_named()


def test_what_may_still_be_told_of_waits_an_hour_and_no_longer(db: None) -> None:
    keep(a_movement())
    name_movements(at=LATER - timedelta(seconds=1))
    assert journals() == {"txn_1": None}

    name_movements(at=LATER)

    assert journals() == {"txn_1": "suspense:txn_1"}
    assert balance_minor("suspense") == 1_100_000
    assert (differences(), is_all_named()) == ({}, True)


def test_a_sale_that_is_completed_later_takes_its_money_out_of_suspense(cast: Cast) -> None:
    payment = a_charge(cast)
    keep(a_movement(source=payment.stripe_charge_id))
    name_movements(at=LATER)
    complete(payment)

    for _ in range(2):
        name_movements(at=LATER)

    assert journals() == {"txn_1": f"payment:{payment.pk}"}
    assert (balance_minor(CLEARING), balance_minor("suspense")) == (1_083_320, 0)
    assert (differences(), is_all_named()) == ({}, True)


def test_a_payment_that_came_too_late_names_its_movement_too(cast: Cast) -> None:
    bid = a_won_bid(cast.bo, cast.saga)
    first, second = a_charged_payment(bid), None
    PaymentIntent.objects.filter(pk=first.pk).update(status="canceled")
    second = a_charged_payment(bid)
    complete(second)
    complete(first)

    keep(a_movement(source=first.stripe_charge_id))

    assert journals() == {"txn_1": f"payment:{first.pk}:unapplied"}


def test_a_second_movement_of_one_charge_stops_nothing_and_is_in_suspense(cast: Cast) -> None:
    payment = a_charge(cast)
    complete(payment)
    keep(a_movement(source=payment.stripe_charge_id), a_movement("2", source=payment.stripe_charge_id))
    keep(a_movement("3", source=payment.stripe_charge_id))

    name_movements(at=LATER)

    assert journals() == {
        "txn_1": f"payment:{payment.pk}",
        "txn_2": "suspense:txn_2",
        "txn_3": "suspense:txn_3",
    }
    assert (differences(), is_all_named()) == ({}, True)


@pytest.mark.parametrize("minor", [1_099_999, 1_100_001, 5])
def test_where_stripe_moved_another_amount_the_difference_is_in_suspense(cast: Cast, minor: int) -> None:
    payment = a_charge(cast)
    complete(payment)

    keep(a_movement(source=payment.stripe_charge_id, amount_minor=minor))

    assert balance_minor("suspense") == minor - 1_100_000
    assert (differences(), is_all_named()) == ({}, True)


@pytest.mark.parametrize("is_late", [False, True])
def test_a_charge_that_settled_in_another_currency_stands_against_the_conversion(
    cast: Cast, is_late: bool
) -> None:
    payment = a_charged_payment(a_won_bid(cast.bo, cast.saga, currency="EUR", amount_minor=100_000,
                                          reserve_minor=None))  # fmt: skip
    movement = a_movement(source=payment.stripe_charge_id, amount_minor=1_130_000, fee_minor=17_130)
    if is_late:
        keep(movement)
        name_movements(at=LATER)
    complete(payment)

    keep(movement)

    assert (balance_minor(CLEARING), balance_minor(CLEARING, "EUR")) == (1_112_870, 0)
    assert (balance_minor("fx:position"), balance_minor("fx:position", "EUR")) == (1_130_000, -100_000)
    assert balance_minor("suspense") == 0
    assert (differences(), is_all_named()) == ({}, True)


def test_transfers_and_what_was_taken_back_are_named_by_their_items(
    cast: Cast, account: ConnectedAccount
) -> None:
    sales_of(cast, 2)
    schedule = transferred(PayoutSchedule.objects.get())
    first, second = schedule.items.order_by("pk")
    a_reversal_of(first.pk)
    post_journal(
        key=f"reversal:{first.pk}",
        currency="SEK",
        lines=[Line(CLEARING, f"stripe:connected:{cast.saga.pk}", 1_023_000)],
        at=NOON,
    )

    keep(
        a_movement("1", type="transfer", source=f"tr_{first.pk}", amount_minor=-1_023_000, fee_minor=0),
        a_movement("2", type="transfer", source=f"tr_{second.pk}", amount_minor=-1_023_000, fee_minor=0),
        a_movement("3", type="transfer_refund", source="trr_1", amount_minor=1_023_000, fee_minor=0),
    )

    assert journals() == {
        "txn_1": f"transfer:{first.pk}",
        "txn_2": f"transfer:{second.pk}",
        "txn_3": f"reversal:{first.pk}",
    }
    assert differences() == {}


def a_reversal_of(item_id: int) -> None:
    StripeCall.objects.create(
        purpose="reversal",
        object_type="item",
        object_id=item_id,
        idempotency_key=f"reversal:{item_id}",
        params={},
        params_hash="",
        state="done",
        created_at=NOON,
        first_sent_at=NOON,
        result_id="trr_1",
    )


def test_a_transfer_that_a_later_item_adopted_is_named_by_the_one_that_was_booked(cast: Cast) -> None:
    an_account(cast.saga)
    sales_of(cast, 1)
    (item,) = transferred(PayoutSchedule.objects.get()).items.all()
    for other in (item.pk - 1, item.pk + 1):
        StripeCall.objects.create(
            purpose="transfer",
            object_type="item",
            object_id=other,
            idempotency_key=f"other:{other}",
            params={},
            params_hash="",
            state="done",
            created_at=NOON,
            first_sent_at=NOON,
            result_id=f"tr_{item.pk}",
        )

    keep(a_movement(type="transfer", source=f"tr_{item.pk}", amount_minor=-1_023_000, fee_minor=0))

    assert journals() == {"txn_1": f"transfer:{item.pk}"}


@pytest.mark.parametrize("is_told_first", [False, True])
def test_the_day_its_money_is_available_moves_a_sale_whoever_was_told_first(
    cast: Cast, is_told_first: bool
) -> None:
    payment = a_charge(cast)
    late = a_movement(source=payment.stripe_charge_id, available_at=NOON + timedelta(days=10))
    deeds: list[Callable[[], object]] = [lambda: complete(payment), lambda: keep(late)]
    for deed in reversed(deeds) if is_told_first else deeds:
        deed()
    name_movements(at=NOON)

    assert Earning.objects.get().available_on == date(2026, 12, 3)
    (waiting,) = PayoutSchedule.objects.filter(state="scheduled")
    assert waiting.scheduled_date == date(2026, 12, 3)


def test_the_day_is_the_one_in_stockholm(cast: Cast) -> None:
    payment = a_charge(cast)
    complete(payment)

    keep(a_movement(source=payment.stripe_charge_id, available_at=NOON.replace(hour=23, minute=30)))

    assert Earning.objects.get().available_on == date(2026, 11, 24)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE treasury_balancetransaction SET journal_key = 'payment:2'",
        "UPDATE treasury_balancetransaction SET journal_key = NULL",
        "UPDATE treasury_balancetransaction SET net_minor = 1, amount_minor = 1, fee_minor = 0",
        "DELETE FROM treasury_balancetransaction",
        "TRUNCATE treasury_balancetransaction",
        "DELETE FROM treasury_watermark",
    ],
)
def test_what_moved_has_moved(cast: Cast, statement: str) -> None:
    payment = a_charge(cast)
    complete(payment)
    keep(a_movement(source=payment.stripe_charge_id))

    refused = pytest.raises(DatabaseError, match=r"has its journal|permission denied|append-only")
    with refused, transaction.atomic(), transaction.get_connection().cursor() as cursor:
        cursor.execute(statement)
