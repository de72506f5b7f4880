"""Two at once, with connections of their own: one of them is first, and the books agree afterwards."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections, transaction

from payouts.adopting import BooksAreBehind, adopt_payout
from payouts.approving import RunRefused, approve_run, preview_run
from payouts.holding import HoldRefused, hold_schedule
from payouts.keeping import release_kept
from payouts.locking import lock_seller
from payouts.models import Earning, PayoutAttempt, PayoutItem, PayoutSchedule
from payouts.onboarding import keep_account
from payouts.reserving import reserve
from payouts.scheduling import keep_availability
from payouts.sending import join_in_attempt
from tests.cast import NOON, Cast
from tests.databases import wait_for_somebody_who_waits
from tests.payouts.books import assert_books_hold
from tests.payouts.moving import (
    DUE,
    an_account,
    facts,
    in_the_bank,
    sales_of,
    sent,
    sent_back,
    stands,
    transferred,
    under,
)
from tests.payouts.telling import told_of

ROUNDS = range(4)


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """What each answers, or the exception it ends with."""
    start = threading.Barrier(len(deeds))

    def run(deed: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return deed()
        except HoldRefused as refused:
            return refused
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(deeds)) as threads:
        return list(threads.map(run, deeds))


@pytest.fixture
def saga(own_cast: Cast) -> Cast:
    an_account(own_cast.saga)
    return own_cast


def test_reserved_while_a_sale_is_added_the_sale_is_in_it_or_on_the_next(saga: Cast) -> None:
    for number in ROUNDS:
        sales_of(saga, 2)
        schedule = PayoutSchedule.objects.get(state="scheduled")

        assert at_once(lambda pk=schedule.pk: reserve(pk, at=DUE), lambda: sales_of(saga, 1))[0] in (
            True,
            False,
        )

        for left in PayoutSchedule.objects.filter(state="scheduled"):
            Earning.objects.update(available_on=(NOON + timedelta(days=2)).date())
            assert reserve(left.pk, at=DUE)
        assert stands(saga) == {"reserved": 3 * (number + 1)}
        assert_books_hold()


def test_held_and_reserved_at_once_it_is_one_of_the_two(saga: Cast) -> None:
    for _ in ROUNDS:
        sales_of(saga, 1)
        schedule = PayoutSchedule.objects.get(state="scheduled")

        reserved, held = at_once(
            lambda pk=schedule.pk: reserve(pk, at=DUE),
            lambda one=schedule: hold_schedule(one, reason="a question", by=saga.olga, at=DUE),
        )

        schedule.refresh_from_db()
        assert schedule.state == ("sending" if reserved else "held")
        assert reserved is isinstance(held, HoldRefused)
        assert_books_hold()


def test_what_becomes_available_later_is_moved_or_reserved(saga: Cast) -> None:
    later = (DUE + timedelta(days=3)).date()
    for _ in ROUNDS:
        (earning,) = sales_of(saga, 1)
        schedule = earning.items.get().schedule

        at_once(
            lambda pk=schedule.pk: reserve(pk, at=DUE),
            lambda one=earning: keep_availability({one.stripe_charge_id: later}, at=DUE),
        )

        assert PayoutItem.objects.filter(earning=earning).count() == 1
        assert_books_hold()


def test_what_was_kept_is_given_once(saga: Cast) -> None:
    under(saga, reserve_bp=1_000, reserve_days=30)
    sales_of(saga, 5)
    at = NOON + timedelta(days=30)

    given = at_once(*[lambda: release_kept(limit=10, at=at)] * 5)

    assert sum(given) == 5
    assert PayoutItem.objects.filter(part="reserve_release").count() == 5
    assert_books_hold()


def test_approved_while_a_sale_is_added_what_leaves_is_what_was_shown(saga: Cast, settings) -> None:
    settings.PAYOUT_REVIEW_ABOVE_MINOR = {"SEK": 1}
    sales_of(saga, 2)
    schedule = PayoutSchedule.objects.get()
    run = preview_run(DUE.date(), by=saga.olga, at=DUE)

    def approve() -> bool:
        try:
            approve_run(run, digest=run.digest, by=saga.otto, at=DUE)
        except RunRefused:
            return False
        return True

    approved, _ = at_once(approve, lambda: sales_of(saga, 1))

    assert reserve(schedule.pk, at=DUE) is approved
    assert stands(saga) == ({"payable": 1, "reserved": 2} if approved else {"payable": 3})
    assert_books_hold()


def test_retried_while_the_bank_account_changes_it_goes_to_the_one_or_waits_for_the_other(saga: Cast) -> None:
    sales_of(saga, 1)
    schedule = sent_back(in_the_bank(PayoutSchedule.objects.get()), "could_not_process")
    account = saga.saga.connected_account
    tomorrow = DUE + timedelta(days=1)

    def retry() -> str:
        try:
            attempt = sent(schedule, at=tomorrow).payout
        except AssertionError:
            return "waits"
        return attempt.destination_bank if attempt else ""

    went_to, _ = at_once(
        retry, lambda: keep_account(told_of(account, bank_account_id="ba_new"), told_at=tomorrow, at=tomorrow)
    )

    assert went_to in ("waits", account.bank_account_id)
    assert_books_hold()


def test_adopted_while_another_payout_of_it_is_written_it_waits_for_that_one(
    saga: Cast, own_database: str
) -> None:
    sales_of(saga, 1)
    schedule = transferred(PayoutSchedule.objects.get())

    def adopt() -> str:
        told = facts(written, id="po_forgotten", attempt_id=uuid.uuid4(), schedules=((schedule.pk, 1),))
        try:
            return str(adopt_payout(told, account=schedule.destination_account, at=DUE))
        except BooksAreBehind:
            return "waits"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            lock_seller(saga.saga.pk)
            written, _ = join_in_attempt(
                [schedule], attempt_id=uuid.uuid4(), bank_account_id=schedule.destination_bank, at=DUE
            )
            adopted = threads.submit(adopt)
            wait_for_somebody_who_waits(own_database)
        assert adopted.result() == "waits"

    schedule.refresh_from_db()
    assert (schedule.payout, PayoutAttempt.objects.count()) == (written, 1)
    assert_books_hold()
