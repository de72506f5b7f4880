"""A seller's account as Stripe tells it: the newest word counts, and a new bank account cools off."""

from __future__ import annotations

from datetime import timedelta

import pytest

from events.models import Event
from gateway.client import StripeAway
from payouts.models import ConnectedAccount
from payouts.onboarding import begin_onboarding, keep_account, lose_account
from payouts.situations import obstacle_of_account
from tests.browser.sandbox_process import Sandbox
from tests.cast import NOON, Cast
from tests.payouts.telling import told_of
from tests.payouts.wire import Wire, at_noon

LATER = NOON + timedelta(minutes=1)


def obstacle(account: ConnectedAccount, *, after: timedelta) -> str | None:
    account.refresh_from_db()
    found = obstacle_of_account(account, at=NOON + after)
    return found.code if found else None


def test_an_older_word_changes_nothing(cast: Cast, account: ConnectedAccount) -> None:
    keep_account(told_of(account, payouts_enabled=False), told_at=LATER, at=LATER)
    keep_account(told_of(account), told_at=NOON, at=LATER)

    assert obstacle(account, after=timedelta(0)) == "account_incomplete"


def test_whoever_asked_and_slept_does_not_overwrite_what_was_told_meanwhile(
    cast: Cast, account: ConnectedAccount
) -> None:
    asked = told_of(account)
    keep_account(told_of(account, payouts_enabled=False), told_at=LATER, at=LATER)
    lose_account(account.stripe_account_id or "", at=LATER)

    keep_account(asked, told_at=None, at=LATER + timedelta(hours=1), told_before=NOON)

    account.refresh_from_db()
    assert (account.payouts_enabled, account.deauthorized_at) == (False, LATER)
    keep_account(asked, told_at=None, at=LATER + timedelta(hours=1), told_before=LATER)
    assert obstacle(account, after=timedelta(0)) is None


def test_a_changed_bank_account_cools_off_for_72_hours_and_its_owner_is_told(
    cast: Cast, account: ConnectedAccount
) -> None:
    keep_account(told_of(account, bank_account_id="ba_new", bank_last4="9"), told_at=NOON, at=NOON)

    assert obstacle(account, after=timedelta(hours=71)) == "cooling_off"
    assert obstacle(account, after=timedelta(hours=72)) is None
    told = Event.objects.get(kind="account.bank_changed")
    assert (told.audience, told.details) == ([cast.saga.pk], {"last4": "9", "before": "4242"})


def test_to_remove_the_bank_account_first_saves_nobody_the_cooling_off(
    cast: Cast, account: ConnectedAccount
) -> None:
    keep_account(told_of(account, bank_account_id="", bank_last4=""), told_at=NOON, at=NOON)
    in_a_week = NOON + timedelta(days=7)

    keep_account(told_of(account, bank_account_id="ba_of_a_thief"), told_at=in_a_week, at=in_a_week)

    assert obstacle(account, after=timedelta(days=7)) == "cooling_off"
    assert obstacle(account, after=timedelta(days=10)) is None


def test_the_first_bank_account_need_not_cool_off(cast: Cast, account: ConnectedAccount) -> None:
    ConnectedAccount.objects.update(bank_account_id="")

    keep_account(told_of(account, bank_account_id="ba_first"), told_at=NOON, at=NOON)

    assert obstacle(account, after=timedelta(0)) is None


def test_a_lost_account_pays_nothing_until_it_is_connected_again(
    cast: Cast, account: ConnectedAccount
) -> None:
    assert lose_account(account.stripe_account_id or "", at=NOON)
    assert not lose_account("acct_somebody", at=NOON)
    keep_account(told_of(account), told_at=LATER, at=LATER)
    assert obstacle(account, after=timedelta(0)) == "deauthorized"

    keep_account(told_of(account), told_at=None, at=LATER, told_before=LATER)

    assert obstacle(account, after=timedelta(0)) is None


def test_a_new_address_of_the_seller_does_not_close_the_way_to_stripe(wire: Wire) -> None:
    saga = wire.cast.saga
    saga.email = "saga@elsewhere.example"
    saga.save(update_fields=["email"])

    assert wire.onboard(saga) == ConnectedAccount.objects.get(seller=saga).stripe_account_id


def test_an_account_that_was_begun_under_another_address_is_finished(
    stripe_here: Sandbox, cast: Cast
) -> None:
    wire = at_noon(stripe_here, cast)
    wire.fail("reset_after", "/v1/accounts")
    with pytest.raises(StripeAway):
        begin_onboarding(cast.saga, return_url="http://a/", refresh_url="http://a/", at=wire.now)
    cast.saga.email = "saga@elsewhere.example"
    cast.saga.save(update_fields=["email"])

    wire.onboard(cast.saga)

    of_saga = [
        account
        for account in wire.api.get("/v1/accounts", {"limit": 100})["data"]
        if account["metadata"].get("seller") == str(cast.saga.pk)
    ]
    assert len(of_saga) == 1
