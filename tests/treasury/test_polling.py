"""Reading our balance's movements at Stripe, over the wire: whatever happens, each is booked once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connections
from django.utils import timezone

from gateway import pages
from gateway.balance_transactions import Movement
from gateway.client import StripeAway, stripe_client
from ledger.balances import balance_minor
from payments.completion_services.payment_completion import PaymentCompletionService
from payouts.holding import open_breaker
from payouts.models import Earning
from tests.cast import Cast
from tests.treasury.market import CLEARING, Market, differences, is_all_named, journals
from treasury import balance_transactions as polled
from treasury.balance_transactions import EVER, keep_movements, poll_movements
from treasury.models import BalanceTransaction, Watermark
from treasury.platform import check_platform_is_manual
from treasury.polling import begin_polling, poll

PATH = "/v1/balance_transactions"


def poll_now() -> int:
    return poll_movements(at=timezone.now())


def marked_at():
    return Watermark.objects.get(name="balance_transactions").at


def test_after_a_poll_our_balance_is_stripes_to_the_last_unit(cast: Cast, market: Market) -> None:
    payment = market.sell(cast)

    assert poll_now() == 1

    assert balance_minor(CLEARING) == market.balance_minor() == 1_083_320
    assert list(journals().values()) == [f"payment:{payment.pk}"]
    assert (differences(), is_all_named()) == ({}, True)
    assert Earning.objects.get().available_on is not None


def test_again_it_reads_nothing_new_and_what_comes_next_is_found(cast: Cast, market: Market) -> None:
    market.sell(cast)
    poll_now()
    assert poll_now() == 0
    market.sell(cast)

    assert poll_now() == 1
    assert balance_minor(CLEARING) == market.balance_minor()


def test_a_charge_seen_before_its_webhook_is_named_and_dated_when_the_sale_is_completed(
    cast: Cast, market: Market
) -> None:
    payment = market.charge(cast)
    assert poll_now() == 1
    assert list(journals().values()) == [None]

    PaymentCompletionService.process_payment_completion(payment, at=timezone.now())
    poll_now()

    assert list(journals().values()) == [f"payment:{payment.pk}"]
    assert Earning.objects.get().available_on is not None


def test_what_was_refunded_by_hand_at_stripe_is_in_suspense_the_same_minute(
    cast: Cast, market: Market
) -> None:
    payment = market.sell(cast)
    stripe_client().v1.refunds.create({"charge": payment.stripe_charge_id or "", "amount": 5_000})

    poll_now()

    assert balance_minor("suspense") == -5_000
    assert balance_minor(CLEARING) == market.balance_minor()
    assert (differences(), is_all_named()) == ({}, True)


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "500_after", "429", "malformed"])
def test_when_stripe_goes_away_between_two_pages_nothing_is_lost(
    cast: Cast, market: Market, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(pages, "PAGE", 2)
    for _ in range(5):
        market.sell(cast)
    market.fault(kind, method="GET", path=PATH, nth=2)

    with pytest.raises(StripeAway):
        poll_now()

    assert BalanceTransaction.objects.count() == 2
    assert marked_at() == EVER
    assert None not in journals().values()
    assert poll_now() == 3
    assert marked_at() > EVER
    assert balance_minor(CLEARING) == market.balance_minor()
    assert (differences(), is_all_named()) == ({}, True)


def test_the_watermark_stays_while_what_lies_before_it_is_not_committed(
    cast: Cast, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    market.sell(cast)
    poll_now()
    before = marked_at()
    market.pass_days(1)
    market.sell(cast)
    market.fault("reset_after", method="GET", path=PATH)
    with pytest.raises(StripeAway):
        poll_now()
    assert marked_at() == before

    assert poll_now() == 1
    assert marked_at() >= before + timedelta(days=1)


def test_a_slow_poller_never_moves_the_watermark_back(
    cast: Cast, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    market.sell(cast)
    ahead = timezone.now() + timedelta(days=1)

    def keep_while_another_reads_further(page: list[Movement], *, at: datetime) -> int:
        Watermark.objects.update(at=ahead)
        return keep_movements(page, at=at)

    monkeypatch.setattr(polled, "keep_movements", keep_while_another_reads_further)

    assert poll_now() == 1
    assert marked_at() == ahead


def test_two_pollers_at_once_book_each_movement_once(own_cast: Cast, market: Market) -> None:
    for _ in range(4):
        market.sell(own_cast)
    start = threading.Barrier(4)

    def poll_with_others(_: int) -> int:
        start.wait()
        try:
            return poll_now()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(poll_with_others, range(4))) == 4

    assert balance_minor(CLEARING) == market.balance_minor()
    assert (differences(), is_all_named()) == ({}, True)


def test_stripe_away_is_no_failure_of_the_duty_and_keeps_nothing_else_from_being_asked(
    cast: Cast, market: Market
) -> None:
    market.sell(cast)
    market.fault("reset_before", method="GET", path="/v1/account")

    assert poll(at=timezone.now()) == 0

    assert BalanceTransaction.objects.count() == 1
    assert not Watermark.objects.filter(name="platform_is_manual").exists()
    poll(at=timezone.now())
    assert Watermark.objects.filter(name="platform_is_manual").exists()


def test_on_manual_payouts_all_is_well(db: None, market: Market) -> None:
    assert check_platform_is_manual(at=timezone.now())
    assert open_breaker() is None


@pytest.mark.parametrize("schedule", [{"interval": "daily"}, {"interval": "weekly"}, {}, None])
def test_when_stripe_would_pay_our_account_out_by_itself_all_payouts_stop(
    db: None, told: dict[str, object], schedule: object
) -> None:
    told |= {"object": "account", "id": "acct_1", "settings": {"payouts": {"schedule": schedule}}}

    assert not check_platform_is_manual(at=timezone.now())
    assert not check_platform_is_manual(at=timezone.now())

    stopped = open_breaker()
    assert stopped is not None
    assert (stopped.cause, "Set its payouts to manual" in stopped.reason) == ("platform_not_manual", True)


def test_it_is_looked_at_again_after_an_hour_and_not_before(db: None, told: dict[str, object]) -> None:
    told |= {"object": "list", "data": [], "has_more": False, "settings": {"payouts": {"schedule": MANUAL}}}
    at = timezone.now()
    poll(at=at)
    told["settings"] = {"payouts": {"schedule": {"interval": "daily"}}}

    poll(at=at + timedelta(minutes=59))
    assert open_breaker() is None
    poll(at=at + timedelta(minutes=60))
    assert open_breaker() is not None


def test_at_a_start_it_is_looked_at_whenever_the_last_time_was(db: None, told: dict[str, object]) -> None:
    told |= {"object": "list", "data": [], "has_more": False}
    told |= {"settings": {"payouts": {"schedule": {"interval": "daily"}}}}
    at = timezone.now()
    Watermark.objects.create(name="platform_is_manual", at=at)
    poll(at=at)
    assert open_breaker() is None

    begin_polling(at=at)
    poll(at=at)

    assert open_breaker() is not None


MANUAL = {"interval": "manual"}
A_MOVEMENT = {
    "id": "txn_1",
    "type": "charge",
    "source": "ch_1",
    "currency": "sek",
    "amount": 10,
    "fee": 1,
    "net": 9,
    "available_on": 1,
    "created": 1,
}


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"data": None, "has_more": False},
        {"data": [], "has_more": True},
        {"data": [A_MOVEMENT]},
        {"data": [A_MOVEMENT | {"net": 8}], "has_more": False},
        {"data": [A_MOVEMENT | {"amount": None}], "has_more": False},
        {"data": [{"id": "txn_1"}], "has_more": False},
        {"data": ["txn_1"], "has_more": False},
    ],
)
def test_an_answer_that_cannot_be_read_is_no_answer(
    db: None, told: dict[str, object], answer: dict[str, object]
) -> None:
    told |= {"object": "list", **answer}

    with pytest.raises(StripeAway):
        poll_now()
    assert marked_at() == EVER
    assert not BalanceTransaction.objects.exists()
