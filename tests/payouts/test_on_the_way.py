"""What leaves a seller's balance is in one place at every moment, whatever Stripe and the bank say."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from events.models import Event
from gateway.models import StripeCall
from ledger.balances import balance_minor
from payouts import sending, transferring
from payouts.arriving import PayoutNotYetOurs, record_payout_failed, record_payout_paid
from payouts.models import ConnectedAccount, Earning, PayoutItem, PayoutSchedule
from payouts.reserving import reserve
from tests.cast import Cast
from tests.payouts.moving import DUE, facts, in_the_bank, refuse, sales_of, stands, transfer, transferred


def test_reserved_it_is_payable_no_more_and_every_call_is_written(
    cast: Cast, account: ConnectedAccount, schedule: PayoutSchedule
) -> None:
    assert stands(cast) == {"payable": 3}

    assert reserve(schedule.pk, at=DUE)

    schedule.refresh_from_db()
    assert (schedule.state, schedule.attempt, schedule.destination_bank) == (
        "sending",
        1,
        account.bank_account_id,
    )
    assert stands(cast) == {"reserved": 3}
    calls = StripeCall.objects.filter(purpose="transfer")
    assert sorted(call.object_id for call in calls) == sorted(str(i.pk) for i in schedule.items.all())
    assert {call.params["destination"] for call in calls} == {account.stripe_account_id}


def test_reserved_twice_it_is_reserved_once(
    cast: Cast, account: ConnectedAccount, schedule: PayoutSchedule
) -> None:
    assert reserve(schedule.pk, at=DUE)
    assert not reserve(schedule.pk, at=DUE)
    assert stands(cast) == {"reserved": 3}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"stripe_account_id": None}, "Tell Stripe where your bank is"),
        ({"payouts_enabled": False}, "Stripe needs more from you"),
        ({"transfers_active": False}, "Stripe needs more from you"),
        ({"bank_account_id": ""}, "Stripe needs more from you"),
        ({"manual_payouts": False}, "pays out by itself"),
        ({"bank_changed_at": DUE - timedelta(hours=71)}, "less than 72 hours"),
    ],
)
def test_an_account_that_is_not_ready_holds_the_payout_and_says_why(
    cast: Cast,
    account: ConnectedAccount,
    schedule: PayoutSchedule,
    changed: dict[str, object],
    words: str,
) -> None:
    ConnectedAccount.objects.update(**changed)

    assert not reserve(schedule.pk, at=DUE)

    schedule.refresh_from_db()
    assert (schedule.state, stands(cast)) == ("scheduled", {"payable": 3})
    assert words in schedule.reason


def test_without_the_banks_word_nothing_is_sent(
    cast: Cast, account: ConnectedAccount, schedule: PayoutSchedule, settings
) -> None:
    settings.STRIPE_CONNECT_WEBHOOK_SECRETS = ()

    assert not reserve(schedule.pk, at=DUE)
    assert stands(cast) == {"payable": 3}


def test_the_whole_way_to_the_bank_and_where_the_money_is_on_it(
    cast: Cast, account: ConnectedAccount, schedule: PayoutSchedule
) -> None:
    schedule = in_the_bank(schedule)
    assert stands(cast) == {"in_transit": 3, "bank": 3}
    assert Earning.objects.filter(status="completed").count() == 0

    arrival = record_payout_paid(facts(schedule.payout), account=account.stripe_account_id, at=DUE)

    assert arrival is not None and arrival.completed_minor == 3 * 1_023_000
    assert stands(cast) == {}
    assert balance_minor("stripe:clearing") == 3 * 77_000
    assert set(Earning.objects.values_list("status", flat=True)) == {"completed"}
    assert set(PayoutItem.objects.values_list("state", flat=True)) == {"paid"}
    again = record_payout_paid(facts(schedule.payout), account=account.stripe_account_id, at=DUE)
    assert again is not None and again.completed_minor == 0
    assert Event.objects.filter(kind="payout.paid").count() == 1


def test_three_of_five_transferred_and_the_rest_refused(cast: Cast, account: ConnectedAccount) -> None:
    sales_of(cast, 5)
    schedule = PayoutSchedule.objects.get()
    reserve(schedule.pk, at=DUE)
    items = list(schedule.items.select_related("schedule").order_by("pk"))
    for item in items[:3]:
        transfer(item)
    transferring._conclude(schedule.pk, at=DUE)
    assert PayoutSchedule.objects.get().state == "sending"  # Two are not definite yet.

    for item in items[3:]:
        refuse(item, "charge_disputed")
    transferring._conclude(schedule.pk, at=DUE)

    schedule.refresh_from_db()
    assert (schedule.state, schedule.total_minor, schedule.item_count) == ("transferred", 3 * 1_023_000, 3)
    assert stands(cast) == {"payable": 2, "in_transit": 3, "connected": 3}
    following = PayoutSchedule.objects.get(state="scheduled")
    assert (following.total_minor, following.scheduled_date) == (2 * 1_023_000, date(2026, 12, 1))
    assert set(items[4].earning.items.values_list("state", flat=True)) == {"dropped", "waiting"}


def test_none_transferred_the_schedule_waits_and_its_next_attempt_has_new_calls(
    cast: Cast, account: ConnectedAccount, schedule: PayoutSchedule
) -> None:
    reserve(schedule.pk, at=DUE)
    for item in schedule.items.select_related("schedule"):
        refuse(item, "balance_insufficient")

    transferring._conclude(schedule.pk, at=DUE)

    schedule.refresh_from_db()
    assert (schedule.state, schedule.item_count) == ("scheduled", 3)
    assert "balance_insufficient" in schedule.reason
    assert stands(cast) == {"payable": 3}
    assert not reserve(schedule.pk, at=DUE)
    assert reserve(schedule.pk, at=DUE + timedelta(days=1))
    assert sorted(StripeCall.objects.values_list("purpose", "attempt").filter(purpose="transfer")) == [
        *[("transfer", 1)] * 3,
        *[("transfer", 2)] * 3,
    ]


@pytest.mark.parametrize("first_paid", [False, True])
def test_what_the_bank_sends_back_lies_at_stripe_and_is_pending_again(
    cast: Cast, account: ConnectedAccount, schedule: PayoutSchedule, first_paid: bool
) -> None:
    schedule = in_the_bank(schedule)
    if first_paid:
        record_payout_paid(facts(schedule.payout), account=account.stripe_account_id, at=DUE)

    returned = record_payout_failed(
        facts(schedule.payout, "failed", failure_code="no_account"), account=account.stripe_account_id, at=DUE
    )

    schedule.refresh_from_db()
    assert (schedule.state, schedule.paid_at) == ("returned", None)
    assert "no_account" in schedule.reason
    assert stands(cast) == {"in_transit": 3, "connected": 3}
    assert set(Earning.objects.values_list("status", flat=True)) == {"pending"}
    assert returned is not None
    assert returned.completed_minor == (-3 * 1_023_000 if first_paid else 0)
    late = record_payout_paid(facts(schedule.payout), account=account.stripe_account_id, at=DUE)
    assert late is not None and late.completed_minor == 0
    assert stands(cast) == {"in_transit": 3, "connected": 3}


def test_a_payout_that_is_not_ours_in_every_point_changes_nothing(
    cast: Cast, account: ConnectedAccount, schedule: PayoutSchedule
) -> None:
    schedule = in_the_bank(schedule)

    for strange, owner in [
        (facts(schedule.payout, id="po_other", attempt_id=None), account.stripe_account_id),
        (facts(schedule.payout, amount_minor=1), account.stripe_account_id),
        (facts(schedule.payout, currency="EUR"), account.stripe_account_id),
        (facts(schedule.payout), "acct_somebody"),
    ]:
        assert record_payout_paid(strange, account=owner, at=DUE) is None
    assert stands(cast) == {"in_transit": 3, "bank": 3}


def test_the_banks_word_waits_for_our_note_of_the_payout(
    cast: Cast, account: ConnectedAccount, schedule: PayoutSchedule
) -> None:
    schedule = transferred(schedule)
    attempt = sending._write_attempt(schedule.pk, there_minor=schedule.total_minor, at=DUE)

    with pytest.raises(PayoutNotYetOurs):
        record_payout_paid(facts(attempt), account=schedule.destination_account, at=DUE)
