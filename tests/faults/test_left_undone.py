"""What somebody left undone is taken up by the duty whose work it is, as if it had just been asked for."""

from __future__ import annotations

import threading
from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from auctions.models import Bid
from config.worker import DUTIES
from gateway.client import StripeAway, stripe_client
from gateway.models import StripeCall
from inbox.models import Message
from notifications.delivery import CLAIM
from notifications.models import Letter
from payments.initiation import _make_row, start_payment
from payments.models import PaymentIntent
from payouts.approving import approve_run, preview_run
from payouts.arriving import record_payout_failed
from payouts.bank_days import PLATFORM_ZONE
from payouts.models import PayoutSchedule
from payouts.processors import PayoutProcessor
from payouts.reversing import reverse_schedule
from tests.api.asking import a_sale
from tests.cast import Cast, a_charged_payment, a_won_bid, deliver, intent_event
from tests.faults.life import dies_of
from tests.payouts.books import assert_books_hold
from tests.payouts.moving import an_account, facts
from tests.payouts.wire import Wire, at_noon
from tests.treasury.conftest import market
from tests.treasury.market import AT_ONCE, Market
from treasury.balance_transactions import poll_movements
from treasury.models import PlatformPayout
from treasury.platform import _write

__all__ = ["market"]

PART_MINOR = 1_023_000
MINUTES, THREE_DAYS = timedelta(minutes=3), timedelta(days=3)


def do(name: str, *, at: datetime) -> int:
    return DUTIES[name].do(at, threading.Event())


@pytest.fixture
def own_wire(market: Market, own_cast: Cast) -> Wire:
    wire = at_noon(market.sandbox, own_cast)
    wire.onboard(own_cast.saga)
    return wire


def at_night(at: datetime) -> datetime:
    """The evening of the same day: nothing new is reserved then."""
    return datetime.combine(at.astimezone(PLATFORM_ZONE).date(), time(22), tzinfo=PLATFORM_ZONE)


def states() -> list[str]:
    return list(PayoutSchedule.objects.values_list("state", flat=True))


@pytest.mark.parametrize(
    "point",
    [
        "P6.committed",
        "P8.marked_sent",
        "P9.answered",
        "P9.sent",
        "P11.concluded",
        "B1.attempt_written",
        "B2.payout_made",
        "B3.confirmed",
    ],
)
def test_pay_takes_up_what_was_reserved_or_half_sent_at_any_hour(own_wire: Wire, point: str) -> None:
    own_wire.sell()
    own_wire.pass_days(7)
    assert dies_of(point, lambda: PayoutProcessor.pay_due_schedules(at=own_wire.now))

    do("pay", at=at_night(own_wire.now))

    assert states() == ["in_transit"]
    assert (own_wire.made("transfer"), own_wire.made("payout")) == ([PART_MINOR], [PART_MINOR])
    assert not StripeCall.objects.filter(purpose__in=["transfer", "payout"]).exclude(state="done").exists()
    assert_books_hold()


@pytest.mark.parametrize("point", ["P8.marked_sent", "P9.answered", "B2.payout_made"])
def test_pay_takes_up_at_any_hour_a_second_try_that_was_half_sent(own_wire: Wire, point: str) -> None:
    """What the bank sent back has waited for its day; once it went out, it waits for none."""
    wire = own_wire
    wire.sell()
    wire.pass_days(7)
    wire.fail("payout_failed", "/v1/payouts")
    PayoutProcessor.pay_due_schedules(at=wire.now)
    wire.mend()
    sent_back(wire)
    wire.pass_days(1)
    assert dies_of(point, lambda: PayoutProcessor.pay_due_schedules(at=wire.now))
    assert states() == ["returned"]

    saturday = at_night(wire.now + timedelta(days=4))
    assert saturday.weekday() == 5
    do("pay", at=saturday)

    assert states() == ["in_transit"]
    assert wire.made("payout") == [PART_MINOR, PART_MINOR]
    assert_books_hold()


def sent_back(wire: Wire) -> None:
    schedule = PayoutSchedule.objects.get()
    assert schedule.payout is not None
    told = facts(
        schedule.payout, "failed", id=schedule.payout.stripe_payout_id, failure_code="could_not_process"
    )
    assert record_payout_failed(told, account=schedule.destination_account, at=wire.now)


def test_pay_takes_up_what_an_operator_began_to_take_back(own_wire: Wire) -> None:
    own_wire.sell()
    own_wire.pass_days(7)
    own_wire.fail("insufficient_funds", "/v1/payouts")
    PayoutProcessor.pay_due_schedules(at=own_wire.now)
    own_wire.mend()
    assert dies_of(
        "P8.marked_sent",
        lambda: reverse_schedule(
            PayoutSchedule.objects.get(), reason="a mistake", by=own_wire.cast.olga, at=own_wire.now
        ),
    )

    do("pay", at=at_night(own_wire.now))

    assert sorted(states()) == ["canceled", "scheduled"]
    assert own_wire.made("reversal") == [PART_MINOR]
    assert_books_hold()


def test_pay_takes_up_days_on_which_nobody_paid_and_a_run_that_was_only_approved(
    own_wire: Wire, settings
) -> None:
    settings.PAYOUT_REVIEW_ABOVE_MINOR = {"SEK": 1}
    own_wire.sell()
    own_wire.pass_days(7)
    do("pay", at=own_wire.now)
    assert states() == ["held"]
    on = own_wire.now.astimezone(PLATFORM_ZONE).date()
    run = preview_run(on, by=own_wire.cast.olga, at=own_wire.now)
    approve_run(run, digest=run.digest, by=own_wire.cast.otto, at=own_wire.now)

    own_wire.pass_days(3)
    do("pay", at=own_wire.now)
    do("pay", at=own_wire.now)

    assert states() == ["in_transit"]
    assert own_wire.made("payout") == [PART_MINOR]


def test_expire_takes_up_a_payment_that_was_written_and_never_sent(cast: Cast, market: Market) -> None:
    at = timezone.now()
    _make_row(a_won_bid(cast.bo, cast.saga, at=at), at=at)

    assert do("expire", at=at + THREE_DAYS) == 1

    assert (Bid.objects.get().status, PaymentIntent.objects.get().status) == ("expired", "canceled")
    assert set(StripeCall.objects.values_list("purpose", "state")) == {
        ("payment_intent", "done"),
        ("cancel", "done"),
    }


def test_sweep_takes_up_a_payment_in_doubt_whose_buyer_is_gone(cast: Cast, market: Market) -> None:
    at = timezone.now()
    market.fault("500_after", method="POST", path="/v1/payment_intents")
    with pytest.raises(StripeAway):
        start_payment(a_won_bid(cast.bo, cast.saga, at=at), buyer=cast.bo, at=at)

    assert do("sweep", at=at + MINUTES) == 1

    (made,) = stripe_client().v1.payment_intents.list({"limit": 100}).data
    assert PaymentIntent.objects.get().stripe_payment_intent_id == made.id


def test_poll_takes_up_a_draw_of_our_own_that_was_never_sent(cast: Cast, market: Market) -> None:
    at = timezone.now()
    market.sell(cast, card=AT_ONCE)
    poll_movements(at=at)
    _write(amount_minor=60_000, currency="SEK", reason="rent", by=cast.olga, at=at)

    do("poll", at=at)

    assert PlatformPayout.objects.get().state == "in_transit"
    assert [payout.amount for payout in stripe_client().v1.payouts.list({"limit": 9}).data] == [60_000]


def test_drain_takes_up_a_message_whose_drainer_died(own_cast: Cast) -> None:
    at = timezone.now()
    an_account(own_cast.saga)
    payment = a_charged_payment(a_won_bid(own_cast.bo, own_cast.saga, at=at), at=at)
    deliver(intent_event(payment, at=at), at=at)
    assert dies_of("C10.inbox_marked", lambda: do("drain", at=at))

    assert do("drain", at=at + timedelta(seconds=3)) == 0  # The dead one's claim still holds.
    assert do("drain", at=at + timedelta(seconds=7)) == 1

    payment.refresh_from_db()
    assert (payment.outcome, Message.objects.get().state) == ("sale", "handled")


def test_letters_takes_up_a_letter_whose_sender_died(own_cast: Cast) -> None:
    a_sale(own_cast.bo, own_cast.saga)
    at = timezone.now()
    do("letters", at=at)
    assert dies_of("O1.published", lambda: do("letters", at=at))

    while do("letters", at=at):
        pass
    assert list(Letter.objects.values_list("state", flat=True)) == ["waiting"] * 4  # It had them all.
    assert do("letters", at=at + CLAIM) == 4
    assert set(Letter.objects.values_list("state", flat=True)) == {"sent"}
