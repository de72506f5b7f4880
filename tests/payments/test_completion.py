"""Completion: one commission, one payout, one journal, whoever asks and how often."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction

from auctions.models import Bid
from events.models import Event
from ledger.balances import balance_minor
from ledger.models import Journal
from payments.completion_services.payment_completion import (
    PaymentCompletionService,
    PaymentNotProven,
)
from payments.models import CommissionRule, PaymentIntent, Tally, Transaction
from payouts.models import Earning, PayoutItem, PayoutSchedule
from tests.cast import NOON, Cast, a_charged_payment, a_payment, a_won_bid
from tests.databases import undone_afterwards

complete = PaymentCompletionService.process_payment_completion


def test_the_reference_sale_is_split_to_the_ore_and_dated(cast: Cast) -> None:
    payment = a_charged_payment(a_won_bid(cast.bo, cast.saga))

    completion = complete(payment, at=NOON)

    assert completion.made
    assert completion.intent.status == "succeeded"
    assert completion.intent.outcome == "sale"
    assert completion.commission is not None and completion.commission.amount_minor == 77_000
    assert completion.payout is not None and completion.payout.amount_minor == 1_023_000
    assert completion.schedule is not None and completion.schedule.scheduled_date == date(2026, 11, 30)
    assert Bid.objects.get(pk=payment.bid_id).status == "paid"
    assert balance_minor("stripe:clearing") == 1_100_000
    assert balance_minor("platform:commission") == 77_000
    assert balance_minor(f"seller:{cast.saga.pk}:payable") == 1_023_000
    assert Event.objects.filter(kind="payment.completed", subject_id=payment.pk).count() == 1
    assert Earning.objects.get().stripe_charge_id == payment.stripe_charge_id != ""


def test_completed_twice_it_is_booked_once(cast: Cast) -> None:
    payment = a_charged_payment(a_won_bid(cast.bo, cast.saga))
    first = complete(payment, at=NOON)

    again = complete(payment, at=NOON + timedelta(hours=1))

    assert not again.made
    assert (again.commission, again.payout, again.schedule) == (
        first.commission,
        first.payout,
        first.schedule,
    )
    assert balance_minor("stripe:clearing") == 1_100_000
    assert Transaction.objects.filter(payment_intent=payment).count() == 2


def test_it_is_called_on_the_class_and_on_an_instance_alike(cast: Cast) -> None:
    payment = a_charged_payment(a_won_bid(cast.bo, cast.saga))

    assert PaymentCompletionService().process_payment_completion(payment, at=NOON).made
    assert not PaymentCompletionService.process_payment_completion([payment], at=NOON)[0].made


@pytest.mark.parametrize("count", [1, 30])
def test_a_set_takes_as_many_statements_as_one(cast: Cast, django_assert_num_queries, count: int) -> None:
    complete(a_charged_payment(a_won_bid(cast.bo, cast.saga)), at=NOON)  # The accounts are there.
    payments = [a_charged_payment(a_won_bid(cast.bo, cast.saga)) for _ in range(count)]

    with django_assert_num_queries(STATEMENTS_PER_SET):
        completions = complete(payments, at=NOON)

    assert [completion.intent.pk for completion in completions] == [payment.pk for payment in payments]
    assert balance_minor(f"seller:{cast.saga.pk}:payable") == 1_023_000 * (count + 1)


STATEMENTS_PER_SET = 23


def test_sales_of_one_day_share_one_schedule_per_seller_and_currency(cast: Cast) -> None:
    payments = [a_charged_payment(a_won_bid(cast.bo, cast.saga)) for _ in range(3)]

    complete(payments, at=NOON)

    schedule = PayoutSchedule.objects.get()
    assert (schedule.total_minor, schedule.item_count) == (3_069_000, 3)
    assert PayoutItem.objects.filter(schedule=schedule).count() == 3


SWALLOWING = """
    RESET ROLE;
    CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE TRIGGER swallowed BEFORE UPDATE ON {} FOR EACH ROW EXECUTE FUNCTION swallow()
"""


@pytest.mark.parametrize("table", ["payments_paymentintent", "auctions_bid"])
def test_what_the_database_did_not_change_is_not_taken_for_changed(cast: Cast, table: str) -> None:
    """Whatever may swallow the update of a row that is locked: nothing of the sale stands then."""
    payment = a_charged_payment(a_won_bid(cast.bo, cast.saga))
    with undone_afterwards():
        with connection.cursor() as cursor:
            cursor.execute(SWALLOWING.format(table))
        with pytest.raises(PaymentNotProven):
            complete(payment, at=NOON)
        assert not Transaction.objects.exists()
        assert balance_minor("stripe:clearing") == 0


def test_without_a_charge_nothing_is_completed(cast: Cast) -> None:
    charged = a_charged_payment(a_won_bid(cast.bo, cast.saga))
    unpaid = a_payment(a_won_bid(cast.bo, cast.saga))

    with pytest.raises(PaymentNotProven), transaction.atomic():
        complete([charged, unpaid], at=NOON)

    assert not Transaction.objects.exists()
    assert not Journal.objects.exists()
    assert Bid.objects.filter(status="won").count() == 2


@pytest.mark.parametrize("missing", ["stripe_charge_id", "charged_at"])
def test_half_a_charge_is_none(cast: Cast, missing: str) -> None:
    payment = a_charged_payment(a_won_bid(cast.bo, cast.saga))
    PaymentIntent.objects.update(**{missing: None})
    payment.refresh_from_db()

    with pytest.raises(PaymentNotProven), transaction.atomic():
        complete(payment, at=NOON)


def test_a_payment_whose_win_was_passed_on_is_owed_to_its_buyer(cast: Cast) -> None:
    bid = a_won_bid(cast.bo, cast.saga)
    payment = a_charged_payment(bid)
    Bid.objects.filter(pk=bid.pk).update(status="expired")

    completion = complete(payment, at=NOON)

    assert completion.intent.outcome == "returned"
    assert (completion.commission, completion.payout, completion.schedule) == (None, None, None)
    assert balance_minor("buyers:refunds") == 1_100_000
    assert balance_minor("stripe:clearing") == 1_100_000
    assert balance_minor("platform:commission") == 0
    assert not Earning.objects.exists()
    assert Bid.objects.get(pk=bid.pk).status == "expired"
    assert Event.objects.filter(kind="payment.returned", audience=[cast.bo.pk]).count() == 1
    assert not complete(payment, at=NOON).made


def test_a_commission_of_everything_leaves_a_completed_payout_line_of_nothing(cast: Cast) -> None:
    payment = _with_split(a_won_bid(cast.bo, cast.saga), rate_bp=10_000)

    completion = complete(payment, at=NOON)

    assert completion.payout is not None and completion.payout.amount_minor == 0
    assert completion.payout.earning is not None and completion.payout.earning.status == "completed"
    assert completion.schedule is None
    assert balance_minor("platform:commission") == 1_100_000


def test_a_rate_of_nothing_leaves_a_commission_line_of_nothing(cast: Cast) -> None:
    payment = _with_split(a_won_bid(cast.bo, cast.saga), rate_bp=0)

    completion = complete(payment, at=NOON)

    assert completion.commission is not None and completion.commission.amount_minor == 0
    assert balance_minor(f"seller:{cast.saga.pk}:payable") == 1_100_000


def test_vat_is_split_off_the_commission_in_the_books(cast: Cast, settings) -> None:
    settings.COMMISSION_VAT_BP = 2_500
    payment = a_charged_payment(a_won_bid(cast.bo, cast.saga))

    complete(payment, at=NOON)

    assert balance_minor("platform:commission") == 61_600
    assert balance_minor("platform:vat") == 15_400


def test_the_tallies_are_the_sums_of_the_lines(cast: Cast) -> None:
    for _ in range(2):
        complete(a_charged_payment(a_won_bid(cast.bo, cast.saga)), at=NOON)

    seller, buyer = Tally.objects.get(person=cast.saga), Tally.objects.get(person=cast.bo)
    assert (seller.sales_minor, seller.payouts_pending_minor) == (2_200_000, 2_046_000)
    assert (buyer.purchases_minor, buyer.commission_paid_minor) == (2_200_000, 154_000)


def test_fifty_at_once_leave_one_of_each(own_cast: Cast) -> None:
    payment = a_charged_payment(a_won_bid(own_cast.bo, own_cast.saga))
    start = threading.Barrier(50)

    def complete_it(_: int) -> bool:
        start.wait()
        try:
            return complete(payment, at=NOON).made
        finally:
            connections.close_all()

    with ThreadPoolExecutor(50) as threads:
        made = list(threads.map(complete_it, range(50)))

    assert made.count(True) == 1
    assert sorted(Transaction.objects.values_list("type", flat=True)) == ["commission", "payout"]
    assert Journal.objects.filter(key=f"payment:{payment.pk}").count() == 1
    assert balance_minor(f"seller:{own_cast.saga.pk}:payable") == 1_023_000
    assert PayoutSchedule.objects.get().total_minor == 1_023_000


def test_without_the_lock_the_constraints_still_refuse_a_second_pair_of_lines(cast: Cast) -> None:
    completion = complete(a_charged_payment(a_won_bid(cast.bo, cast.saga)), at=NOON)

    for line in (completion.commission, completion.payout):
        assert line is not None
        line.pk, line.number = None, None
        with (
            pytest.raises(IntegrityError, match=r"one_commission_and_one_payout|earning"),
            transaction.atomic(),
        ):
            Transaction.objects.bulk_create(
                [
                    Transaction(
                        payment_intent=completion.intent,
                        type=line.type,
                        owner_id=line.owner_id,
                        role=line.role,
                        currency="SEK",
                        amount_minor=1,
                        earning=line.earning,
                        created_at=NOON,
                    )
                ]
            )


@pytest.mark.parametrize("role", ["klubba_app", "owner"])
@pytest.mark.parametrize(
    "change",
    [
        {"total_minor": 1, "commission_minor": 0, "seller_minor": 1},
        {"rate_bp": 1},
        {"currency": "EUR"},
        {"bid": -1},
        {"auction": -1},
        {"buyer": -1},
        {"seller": -1},
        {"minimum_minor": 1},
        {"maximum_minor": 1},
        {"rule_id": 1},
        {"vat_bp": 1},
        {"succeeded_at": NOON + timedelta(days=1)},
        {"stripe_payment_intent_id": "pi_another"},
        {"status": "canceled", "outcome": None, "succeeded_at": None},
        {"outcome": "returned"},
        {"stripe_charge_id": "ch_another"},
    ],
)
def test_the_database_refuses_to_change_what_is_settled(
    cast: Cast, change: dict[str, object], role: str
) -> None:
    payment = a_charged_payment(a_won_bid(cast.bo, cast.saga))
    complete(payment, at=NOON)

    refused = pytest.raises(DatabaseError, match=r"frozen|stays so|permission denied")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        if role == "owner":
            cursor.execute("RESET ROLE")
        PaymentIntent.objects.filter(pk=payment.pk).update(**change)


def test_what_was_canceled_may_only_be_returned(cast: Cast) -> None:
    payment = a_charged_payment(a_won_bid(cast.bo, cast.saga))
    PaymentIntent.objects.update(status="canceled")

    for change in (
        {"status": "processing"},
        {"status": "succeeded", "outcome": "sale", "succeeded_at": NOON},
    ):
        with pytest.raises(DatabaseError, match="is canceled and stays so"), transaction.atomic():
            PaymentIntent.objects.filter(pk=payment.pk).update(**change)
    assert not payment.succeed(at=NOON)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_account SET balance_minor = 0",
        "UPDATE payouts_earning SET amount_minor = 1",
        "UPDATE payouts_earning SET seller_id = seller_id",
        "UPDATE payouts_payoutschedule SET seller_id = seller_id",
        "UPDATE payouts_payoutitem SET gross_minor = 1",
        "UPDATE auctions_bid SET amount_minor = 1",
        "UPDATE auctions_bid SET status = 'won', paid_at = NULL",
        "UPDATE inbox_message SET body = ''",
        "UPDATE gateway_stripecall SET idempotency_key = 'another'",
        "DELETE FROM payouts_payoutitem",
        """INSERT INTO ledger_posting (journal_id, debit_id, credit_id, currency, amount_minor)
           SELECT journal_id, debit_id, credit_id, currency, 1 FROM ledger_posting""",
    ],
)
def test_the_application_cannot_change_what_was_agreed(own_cast: Cast, statement: str) -> None:
    complete(a_charged_payment(a_won_bid(own_cast.bo, own_cast.saga)), at=NOON)

    refused = pytest.raises(DatabaseError, match=r"permission denied|stays so|takes no more postings")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def _with_split(bid: Bid, *, rate_bp: int) -> PaymentIntent:
    """A payment under a rule of its seller's."""
    CommissionRule.objects.create(seller=bid.auction.seller, rate_bp=rate_bp)
    return a_charged_payment(bid)
