"""On a seller's account at Stripe lies what stands on `stripe:connected`; what we did not move is said."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from gateway.balance_transactions import Movement
from gateway.client import StripeAway
from payouts.holding import release_seller
from payouts.models import ConnectedAccount, PayoutSchedule
from payouts.processors import PayoutProcessor
from payouts.reversing import reverse_schedule
from tests.cast import NOON
from tests.payouts.moving import an_account, sales_of
from tests.treasury.beside import Beside, diary, figures, standing
from tests.treasury.market import a_movement
from treasury.connected_accounts import (
    CHECK_AGAIN_AFTER,
    CHECK_EVERY,
    compare_accounts,
    differing_movements,
    due_accounts,
)
from treasury.differences import explain_break
from treasury.looking_again import look_again
from treasury.models import Break, Watermark

PART_MINOR = 1_023_000


@pytest.fixture
def account(beside: Beside) -> str:
    """Saga's, with nothing on it; her payout is about to leave for it."""
    account = beside.wire.onboard(beside.cast.saga)
    sales_of(beside.cast, 1, at=beside.wire.now)
    PayoutSchedule.objects.update(
        destination_account=account, destination_bank="ba_1", updated_at=beside.wire.now
    )
    return account


@pytest.fixture
def full_account(beside: Beside) -> str:
    """Saga's, with a reference sale transferred to it and not yet sent on."""
    account = beside.wire.onboard(beside.cast.saga)
    beside.wire.sell()
    beside.wire.fail("insufficient_funds", "/v1/payouts")
    PayoutProcessor.pay_due_schedules(at=beside.wire.pass_days(7))
    beside.wire.mend()
    return account


def charge_there(beside: Beside, account: str, *, amount: int = 10_000) -> Any:
    """The seller's account was charged for by itself: 10,000 with a fee of 330."""
    sent = {"amount": amount, "currency": "sek", "source": "tok_bypassPending"}
    return beside.wire.api.post("/v1/charges", sent, Stripe_Account=account)


def look(beside: Beside, *, at: datetime | None = None) -> list[tuple[str, str]]:
    """Look at every account that is due; what is open then."""
    compare_accounts(at=at or beside.later())
    return [(kind, type) for kind, type, _ in standing()]


def test_transfers_reversals_and_payouts_of_ours_are_no_difference(beside: Beside, full_account: str) -> None:
    assert look(beside, at=beside.later(minutes=1)) == []
    schedule = PayoutSchedule.objects.get()
    reverse_schedule(schedule, reason="a mistake", by=beside.cast.olga, at=beside.later(minutes=2))
    assert look(beside, at=beside.later(hours=3)) == []

    beside.wire.sell()
    PayoutProcessor.pay_due_schedules(at=beside.wire.pass_days(7))
    assert look(beside, at=beside.later(hours=3)) == []
    assert not Break.objects.exists()


def test_what_moved_a_sellers_money_and_not_by_us_is_said(beside: Beside, account: str) -> None:
    charge = charge_there(beside, account)
    assert look(beside, at=beside.later(minutes=1)) == [("timing", "movement")]
    assert look(beside) == [("unknown", "movement")]

    assert figures() == [(0, 10_000 - 330, "SEK")]
    found = Break.objects.get(resolved_at=None)
    assert (found.account_id, found.object_id) == (account, charge["balance_transaction"])
    look_again(at=beside.later(days=9))
    assert standing() == [("unknown", "movement", found.object_id)], "what left the window is not gone"


def test_what_an_operator_has_explained_is_counted_and_does_not_come_back(
    beside: Beside, account: str
) -> None:
    charge_there(beside, account)
    look(beside)
    explain_break(Break.objects.get(), reason="A test of Stripe's.", by=beside.cast.olga, at=beside.later())
    assert look(beside, at=beside.later(hours=4)) == []

    charge_there(beside, account, amount=20_000)
    assert look(beside, at=beside.later(hours=6)) == [("unknown", "movement")]
    assert figures() == [(0, 20_000 - 480, "SEK")]


def test_whichever_way_it_went_what_is_explained_is_counted(beside: Beside, full_account: str) -> None:
    """In by a transfer of somebody's, out by a payout; and a bank's word moves nothing."""
    beside.paid_by_hand(amount=90_000)
    beside.transferred_by_hand(full_account, amount_minor=60_000)
    beside.wire.api.post("/v1/payouts", {"amount": 25_000, "currency": "sek"}, Stripe_Account=full_account)
    beside.look()
    look(beside)
    for one in Break.objects.filter(resolved_at=None, account_id=full_account):
        explain_break(one, reason="Ours.", by=beside.cast.olga, at=beside.later())
    assert Break.objects.filter(explained_by=beside.cast.olga).count() == 2
    release_seller(beside.cast.saga.pk, reason="Ours.", by=beside.cast.olga, at=beside.later())
    PayoutProcessor.pay_due_schedules(at=beside.wire.pass_days(1))
    assert PayoutSchedule.objects.get().state == "in_transit"
    assert look(beside) == [("unknown", "charge")]

    beside.wire.pass_days(5)
    for minutes in (0, 61):
        look(beside, at=beside.later(minutes=minutes))
    explain_break(
        Break.objects.get(kind="missing_event"), reason="So it is.", by=beside.cast.olga, at=beside.later()
    )
    assert look(beside, at=beside.later(hours=4)) == [("unknown", "charge")]


@pytest.mark.parametrize(
    ("changed", "wanted"),
    [
        ({"type": "payment", "cause": "tr_1", "fee_minor": 0}, None),
        ({"type": "payment_refund", "cause": "trr_1", "fee_minor": 0}, None),
        ({"type": "payout", "source": "po_1", "fee_minor": 0}, None),
        ({"type": "payout", "source": "po_1", "fee_minor": 25}, ("fee", -25)),
        ({"type": "payment", "cause": "tr_1", "fee_minor": 300}, ("fee", -300)),
        ({"type": "stripe_fee", "source": "", "amount_minor": -700, "fee_minor": 0}, ("fee", -700)),
        ({"type": "application_fee", "source": "fee_1", "amount_minor": -9, "fee_minor": 0}, ("fee", -9)),
        ({"type": "adjustment", "source": "", "amount_minor": -7, "fee_minor": 0}, ("unknown", -7)),
        ({"type": "payment", "source": "py_1", "fee_minor": 30}, ("unknown", 1_099_970)),
        ({"type": "adjustment", "source": "", "amount_minor": 5, "fee_minor": 5}, None),
    ],
)
def test_a_movement_is_ours_a_fee_or_unknown(changed: dict[str, Any], wanted: tuple[str, int] | None) -> None:
    movement: Movement = a_movement(**changed)
    found = differing_movements("acct_1", [movement])
    assert [(one.kind, one.found_minor) for one in found] == ([wanted] if wanted else [])


def test_a_fee_on_a_sellers_account_is_shown_until_it_is_explained(
    beside: Beside, account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sandbox takes none there; so one of our own types stands for it."""
    monkeypatch.setattr("treasury.connected_accounts.FEE_TYPES", frozenset({"charge"}))
    charge_there(beside, account)
    assert look(beside) == [("fee", "movement")]

    explain_break(Break.objects.get(), reason="Stripe's own.", by=beside.cast.olga, at=beside.later())
    assert look(beside, at=beside.later(hours=4)) == []


def test_what_nothing_explains_shows_in_the_balance_and_is_gone_when_it_is_there_again(
    beside: Beside, full_account: str
) -> None:
    charge_there(beside, full_account)
    beside.wire.pass_days(4)
    PayoutSchedule.objects.update(updated_at=beside.wire.now)

    assert look(beside, at=beside.later(minutes=1)) == [("timing", "account")]
    assert look(beside, at=beside.later(minutes=70)) == [("amount", "account")]
    assert figures() == [(PART_MINOR, PART_MINOR + 9_670, "SEK")]

    beside.wire.api.post("/v1/payouts", {"amount": 9_670, "currency": "sek"}, Stripe_Account=full_account)
    beside.wire.pass_days(4)
    assert look(beside) == []
    assert diary() == ["opened timing", "opened amount", "closed timing", "closed amount"]


@pytest.mark.parametrize("moving", ["state", "is_being_reversed"])
def test_while_money_moves_the_balance_proves_nothing(beside: Beside, full_account: str, moving: str) -> None:
    charge_there(beside, full_account)
    beside.wire.pass_days(4)
    PayoutSchedule.objects.update(updated_at=beside.wire.now)
    schedule = PayoutSchedule.objects.filter(state="transferred")
    if moving == "is_being_reversed":
        schedule.update(is_being_reversed=True)
    else:
        beside.wire.sell()
        beside.wire.fail("reset_after", "/v1/transfers")
        PayoutProcessor.pay_due_schedules(at=beside.wire.pass_days(7))

    assert look(beside) == []


def test_each_is_looked_at_once_an_hour_while_its_money_moves(beside: Beside, full_account: str) -> None:
    at = beside.later(minutes=1)
    assert [compare_accounts(at=at + span) for span in (timedelta(0), CHECK_EVERY / 2, CHECK_EVERY)] == [
        1,
        0,
        1,
    ]
    charge_there(beside, full_account)
    compare_accounts(at=at + 2 * CHECK_EVERY)
    assert compare_accounts(at=at + 2 * CHECK_EVERY + CHECK_AGAIN_AFTER) == 1, "it has a difference"

    Break.objects.filter(resolved_at=None).update(resolved_at=at + 4 * CHECK_EVERY)
    PayoutSchedule.objects.update(updated_at=at - timedelta(days=4))
    assert compare_accounts(at=at + timedelta(hours=9)) == 1, "some of it lies there"
    PayoutSchedule.objects.update(state="canceled")
    Break.objects.filter(resolved_at=None).update(resolved_at=at + timedelta(hours=9))
    assert [compare_accounts(at=at + timedelta(hours=hours)) for hours in (32, 33)] == [0, 1]
    Break.objects.filter(resolved_at=None).update(resolved_at=at + timedelta(hours=33))
    PayoutSchedule.objects.update(updated_at=at - timedelta(days=9))
    assert compare_accounts(at=at + timedelta(hours=60)) == 0, "no bank sends it back any more"


def test_one_that_cannot_be_asked_keeps_no_other_waiting(beside: Beside, account: str) -> None:
    strange = an_account(beside.cast.otto, stripe_account_id="acct_1StrangeStrange1")
    moved = PayoutSchedule.objects.get()
    PayoutSchedule.objects.create(
        seller=beside.cast.otto,
        currency="SEK",
        scheduled_date=moved.scheduled_date,
        state="canceled",
        total_minor=0,
        item_count=0,
        destination_account=strange.stripe_account_id,
        destination_bank="ba_1",
        created_at=moved.created_at,
        updated_at=moved.updated_at,
    )
    at = beside.later()
    Watermark.objects.create(name=f"compared:{account}", at=at - timedelta(hours=2))
    assert [one.stripe_account_id for one in due_accounts(at=at)] == [strange.stripe_account_id, account]

    with pytest.raises(StripeAway):
        compare_accounts(at=at)
    assert compare_accounts(at=at) == 1
    assert [one.pk for one in due_accounts(at=at + CHECK_AGAIN_AFTER)] == [strange.pk]
    ConnectedAccount.objects.filter(pk=strange.pk).update(deauthorized_at=NOON)
    assert not due_accounts(at=at + CHECK_AGAIN_AFTER).exists()


def test_so_many_a_turn_and_the_one_unseen_for_longest_first(beside: Beside, account: str) -> None:
    assert compare_accounts(at=beside.later(), limit=0) == 0
    assert compare_accounts(at=beside.later(), limit=1) == 1


def test_when_stripe_goes_away_in_the_middle_nothing_of_the_account_is_believed(
    beside: Beside, account: str
) -> None:
    charge_there(beside, account)
    look(beside)
    for path in ("/v1/balance_transactions", "/v1/payouts", "/v1/balance"):
        beside.wire.fail("reset_before", path, method="GET")
        with pytest.raises(StripeAway):
            compare_accounts(at=beside.later(hours=4))
        assert [(kind, type) for kind, type, _ in standing()] == [("unknown", "movement")]
        Watermark.objects.filter(name=f"compared:{account}").update(at=beside.wire.now)
    beside.wire.mend()
    assert look(beside, at=beside.later(hours=4)) == [("unknown", "movement")]
