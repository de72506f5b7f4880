"""The answer to COMMIT is lost: whether it happened is not known, it is done again, and once is once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import DatabaseError, InterfaceError, close_old_connections, connections
from django.utils import timezone

from config.worker import ALL_HANDLERS
from inbox.handling import handle_waiting
from inbox.models import Message
from payments.confirmation import confirm_payment
from payments.models import PaymentIntent, Transaction
from payouts.models import PayoutSchedule
from payouts.processors import PayoutProcessor
from tests.api.asking import refused
from tests.cast import Cast, a_charged_payment, a_won_bid, deliver, intent_event, make_cast
from tests.faults.cutting import Cutter, through_a_cutter
from tests.payments.test_webhooks import AN_EVENT, SECRET, post
from tests.payouts.books import assert_books_hold
from tests.payouts.wire import at_noon
from tests.treasury.conftest import market
from tests.treasury.market import Market

__all__ = ["market"]

PART_MINOR = 1_023_000
COMMIT, INSERT = b"COMMIT", b"INSERT INTO inbox_message"
MARK = b'UPDATE "gateway_stripecall"'


@pytest.fixture
def cutter(own_database: str) -> Iterator[Cutter]:
    with through_a_cutter() as cutter:
        yield cutter


@pytest.fixture
def cut_cast(cutter: Cutter) -> Cast:
    return make_cast()


def until_it_ends(act: Callable[[], object]) -> int:
    """Do it again until nothing is lost any more; how often it was not known how it went."""
    for lost in range(9):
        try:
            act()
        except (DatabaseError, InterfaceError):
            close_old_connections()  # As the worker does.
            continue
        return lost
    raise AssertionError("it does not come to an end")


@pytest.mark.parametrize("arrives", [True, False])
def test_a_completion_whose_commit_was_not_answered_is_made_once(
    cutter: Cutter, cut_cast: Cast, arrives: bool
) -> None:
    at = timezone.now()
    payment = a_charged_payment(a_won_bid(cut_cast.bo, cut_cast.saga, at=at), at=at)
    deliver(intent_event(payment, at=at), at=at)
    late = iter(at + timedelta(minutes=minutes) for minutes in range(9))
    cutter.cut(COMMIT, arrives=arrives)

    lost = until_it_ends(lambda: handle_waiting(ALL_HANDLERS, limit=9, at=next(late)))

    assert (lost, cutter.cuts) == (1, 1)
    assert Message.objects.get().state == "handled"
    assert sorted(Transaction.objects.values_list("amount_minor", flat=True)) == [77_000, 1_023_000]
    assert_books_hold()


@pytest.mark.parametrize("arrives", [True, False])
def test_a_buyer_who_asks_again_meets_the_sale_that_was_made(
    cutter: Cutter, cut_cast: Cast, market: Market, arrives: bool
) -> None:
    payment = market.charge(cut_cast)
    cutter.cut(COMMIT, arrives=arrives)

    asked = lambda: confirm_payment(PaymentIntent.objects.get(pk=payment.pk), at=timezone.now())  # noqa: E731
    assert until_it_ends(asked) == 1

    assert PaymentIntent.objects.get().outcome == "sale"
    assert Transaction.objects.count() == 2
    assert_books_hold()


@pytest.mark.parametrize("arrives", [True, False])
@pytest.mark.parametrize(
    ("word", "nth"), [*((COMMIT, nth) for nth in (1, 2, 4, 5, 6)), *((MARK, nth) for nth in (1, 2, 3, 4))]
)
def test_whatever_of_a_payout_is_not_answered_it_leaves_once(
    cutter: Cutter, cut_cast: Cast, market: Market, word: bytes, nth: int, arrives: bool
) -> None:
    """A call is marked sent, and done, by a statement that commits itself."""
    wire = at_noon(market.sandbox, cut_cast)
    wire.onboard(cut_cast.saga)
    wire.sell()
    wire.pass_days(7)
    cutter.cut(word, nth=nth, arrives=arrives)

    until_it_ends(lambda: PayoutProcessor.pay_due_schedules(at=wire.now))
    PayoutProcessor.pay_due_schedules(at=wire.now)

    assert cutter.cuts == 1
    assert [schedule.state for schedule in PayoutSchedule.objects.all()] == ["in_transit"]
    assert (wire.made("transfer"), wire.made("payout")) == ([PART_MINOR], [PART_MINOR])
    assert_books_hold()


@pytest.mark.parametrize("arrives", [True, False])
def test_a_webhook_whose_storing_was_not_answered_is_not_acknowledged_and_kept_once(
    cutter: Cutter, settings, arrives: bool
) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = (SECRET,)
    cutter.cut(INSERT, arrives=arrives)

    refused(post(AN_EVENT), 503, "not_stored")
    connections.close_all()
    assert Message.objects.count() == arrives

    assert post(AN_EVENT).status_code == 200
    assert Message.objects.count() == 1
