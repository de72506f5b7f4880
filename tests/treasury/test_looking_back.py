"""A look costs what is new: it ends at what is known, and every few minutes it goes all the way back."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from config.worker import POLL_REST_SECONDS
from gateway import pages
from gateway.balance_transactions import list_movements
from gateway.client import StripeAway, stripe_client
from inbox.receiving import draft_message, receive_messages
from tests.cast import Cast
from tests.treasury.market import Market
from treasury.balance_transactions import POLLER as MOVEMENTS
from treasury.balance_transactions import keep_movements, poll_movements
from treasury.looking_back import BACK, LOOKS_AT_ALL_EVERY, OVERLAP, looked_at_all
from treasury.missed_events import LAG, poll_events
from treasury.missed_events import POLLER as EVENTS
from treasury.models import Watermark

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def two_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGE", 2)


def looked(poller: str, upto: datetime, *, at: datetime) -> None:
    """The last look came so far, and one at all was just now."""
    Watermark.objects.update_or_create(name=poller, defaults={"at": upto})
    looked_at_all(poller, at=at)


def four_events_of_which_a_webhook_brought_the_newest_two(market: Market) -> None:
    for _ in range(4):
        market.sandbox.create_intent()
    told = [event.to_dict() for event in stripe_client().v1.events.list({"limit": 2}).data]
    drafts = [
        draft_message(endpoint="platform", event=event, body=json.dumps(event).encode(), at=timezone.now())
        for event in told
    ]
    assert receive_messages(drafts) == 2


def test_a_look_ends_where_nothing_is_new_and_one_at_all_does_not(market: Market, db: None) -> None:
    four_events_of_which_a_webhook_brought_the_newest_two(market)
    at = timezone.now() + timedelta(seconds=1)
    looked(EVENTS, at - LAG, at=at)

    for later in (timedelta(0), LOOKS_AT_ALL_EVERY / 2):  # Looks in between put off none at all.
        assert poll_events(at=at + later) == 0
    assert poll_events(at=at + LOOKS_AT_ALL_EVERY) == 2


def test_a_look_goes_on_to_the_last_one_whatever_is_known(market: Market, db: None) -> None:
    four_events_of_which_a_webhook_brought_the_newest_two(market)
    at = timezone.now() + timedelta(seconds=1)
    looked(EVENTS, at - HOUR, at=at)

    assert poll_events(at=at) == 2


def test_a_look_at_movements_ends_where_nothing_is_new_and_one_at_all_does_not(
    market: Market, cast: Cast
) -> None:
    for _ in range(4):
        market.charge(cast)
    newest = next(iter(list_movements(since=timezone.now() - HOUR)))
    assert keep_movements(newest, at=timezone.now()) == 2
    at = timezone.now() + timedelta(seconds=1)
    looked(MOVEMENTS, at, at=at)

    for later in (timedelta(0), LOOKS_AT_ALL_EVERY / 2):
        assert poll_movements(at=at + later) == 0
    assert poll_movements(at=at + LOOKS_AT_ALL_EVERY) == 2


def test_a_look_at_movements_goes_on_to_the_last_one_whatever_is_known(market: Market, cast: Cast) -> None:
    for _ in range(4):
        market.charge(cast)
    newest = next(iter(list_movements(since=timezone.now() - HOUR)))
    keep_movements(newest, at=timezone.now())
    looked(MOVEMENTS, timezone.now() - HOUR, at=timezone.now())

    assert poll_movements(at=timezone.now()) == 2


def test_between_two_looks_at_all_nothing_slips_out_of_reach() -> None:
    """The mark follows the newest; what is late by the overlap is still there when all is looked at next."""
    between = LOOKS_AT_ALL_EVERY + timedelta(seconds=2 * max(60, POLL_REST_SECONDS))
    assert BACK - between >= OVERLAP


def test_a_look_at_all_that_stripe_cut_off_is_still_due(market: Market, db: None) -> None:
    for _ in range(4):
        market.sandbox.create_intent()
    market.fault("reset_before", method="GET", path="/v1/events", nth=2)
    with pytest.raises(StripeAway):
        poll_events(at=timezone.now())
    assert not Watermark.objects.filter(name=f"all:{EVENTS}").exists()
    assert poll_events(at=timezone.now()) == 2
