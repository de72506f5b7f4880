"""Nothing depends on a webhook: what none brought is asked for, through the same inbox, and once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from config.worker import ALL_HANDLERS
from events.models import Event
from gateway.client import StripeAway, stripe_client
from gateway.events import list_events
from inbox.handling import handle_waiting
from inbox.models import Message
from inbox.receiving import draft_message, receive_messages
from payments.initiation import start_payment
from payments.models import PaymentIntent
from payouts.models import PayoutAttempt, PayoutSchedule
from payouts.processors import PayoutProcessor
from tests.cast import Cast, a_won_bid
from tests.dashboards.reading import Reader
from tests.payouts.wire import at_noon
from tests.treasury.market import AT_ONCE, Market
from treasury.looking_back import BACK
from treasury.missed_events import FIRST_LOOK_BACK, LAG, POLLER, SILENT, poll_events
from treasury.models import Watermark

LATER = timedelta(minutes=3)


def paid_at_stripe(market: Market, cast: Cast) -> PaymentIntent:
    """Bo has paid, and nobody has told us."""
    at = timezone.now()
    bid = a_won_bid(cast.bo, cast.saga, reserve_minor=None, at=at)
    payment = start_payment(bid, buyer=cast.bo, at=at).payment
    market.sandbox.confirm_intent(payment.stripe_payment_intent_id or "", payment_method=AT_ONCE)
    return payment


def drain(*, at: datetime | None = None) -> None:
    while handle_waiting(ALL_HANDLERS, limit=100, at=at or timezone.now()):
        pass


def test_a_payment_no_webhook_told_of_is_completed(market: Market, cast: Cast) -> None:
    payment = paid_at_stripe(market, cast)

    assert poll_events(at=timezone.now()) == 4
    drain()

    payment.refresh_from_db()
    assert (payment.status, payment.outcome) == ("succeeded", "sale")
    assert set(Message.objects.values_list("endpoint", "state")) <= {
        ("platform", "handled"),
        ("platform", "ignored"),
    }


def test_what_a_webhook_brought_is_not_kept_again_nor_the_other_way(market: Market, cast: Cast) -> None:
    paid_at_stripe(market, cast)
    (told,) = stripe_client().v1.events.list({"type": "payment_intent.succeeded"}).data
    event = told.to_dict()
    draft = draft_message(
        endpoint="platform", event=event, body=json.dumps(event).encode(), at=timezone.now()
    )
    assert receive_messages([draft]) == 1

    assert poll_events(at=timezone.now()) == 3
    assert poll_events(at=timezone.now()) == 0
    assert receive_messages([draft]) == 0
    assert Message.objects.count() == 4


def test_the_mark_stays_behind_now_and_does_not_go_back(market: Market, cast: Cast) -> None:
    paid_at_stripe(market, cast)
    at = timezone.now()
    poll_events(at=at)
    first = Watermark.objects.get(name=POLLER).at
    assert first <= at - LAG

    poll_events(at=at + timedelta(days=1))
    second = Watermark.objects.get(name=POLLER).at
    assert first < second <= at + timedelta(seconds=1)
    poll_events(at=at)
    assert Watermark.objects.get(name=POLLER).at == second


def test_it_reads_on_from_a_little_before_the_mark(market: Market, cast: Cast) -> None:
    paid_at_stripe(market, cast)
    now = datetime.now(UTC)
    mark = Watermark.objects.create(name=POLLER, at=now + BACK + timedelta(minutes=1))
    assert poll_events(at=now) == 0
    Watermark.objects.filter(pk=mark.pk).update(at=now + BACK - timedelta(minutes=1))
    assert poll_events(at=now) == 4


def test_at_first_it_looks_back_a_day(market: Market, db: None) -> None:
    at = timezone.now()
    poll_events(at=at)
    assert Watermark.objects.get(name=POLLER).at == at - FIRST_LOOK_BACK


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "429", "500_after", "malformed"])
def test_when_stripe_goes_away_between_two_pages_the_rest_is_read_the_next_time(
    market: Market, db: None, kind: str
) -> None:
    for _ in range(102):
        market.sandbox.create_intent()
    market.fault(kind, method="GET", path="/v1/events", nth=2)
    with pytest.raises(StripeAway):
        poll_events(at=timezone.now())
    assert Message.objects.count() == 100
    assert Watermark.objects.get(name=POLLER).at < timezone.now() - FIRST_LOOK_BACK + LATER

    assert poll_events(at=timezone.now()) == 2


@pytest.mark.parametrize(
    "page",
    [
        {"data": [{"id": "evt_1"}], "has_more": False},
        {"data": [{"id": "evt_1", "type": "payout.paid", "created": 1, "livemode": "no"}], "has_more": False},
        {"data": [{"type": "payout.paid", "created": "x", "livemode": False}], "has_more": False},
        {"data": ["evt_1"], "has_more": False},
        {"data": [{"id": "evt_1", "type": "payout.paid", "created": 1, "livemode": False}]},
        {"data": None, "has_more": False},
    ],
)
def test_an_answer_that_cannot_be_read_is_none(
    told: dict[str, object], db: None, page: dict[str, object]
) -> None:
    told |= {"object": "list", "url": "/v1/events"} | page
    with pytest.raises(StripeAway):
        poll_events(at=timezone.now())
    assert Message.objects.count() == 0


def test_what_was_missed_for_long_is_told_once_a_day(market: Market, cast: Cast) -> None:
    paid_at_stripe(market, cast)
    poll_events(at=timezone.now() + LATER)
    (told,) = Event.objects.filter(kind=SILENT)
    assert (told.subject_type, told.subject_id, told.details) == ("endpoint", "platform", {"missed": 4})

    paid_at_stripe(market, cast)
    poll_events(at=timezone.now() + LATER)
    assert Event.objects.filter(kind=SILENT).count() == 1
    for hours in (24, 25):
        paid_at_stripe(market, cast)
        poll_events(at=timezone.now() + LATER + timedelta(hours=hours))
        assert Event.objects.filter(kind=SILENT).count() == 2


@pytest.mark.parametrize("hours, is_told", [(23, True), (25, False)])
def test_an_operator_reads_for_a_day_that_an_address_is_silent(
    market: Market, cast: Cast, hours: int, is_told: bool
) -> None:
    paid_at_stripe(market, cast)
    poll_events(at=timezone.now() + LATER)
    Event.objects.filter(kind=SILENT).get()

    with time_machine.travel(timezone.now() + LATER + timedelta(hours=hours)):
        assert ("Stripe had to be asked" in Reader(cast.olga).get("/operator/webhooks/").text) == is_told


def test_what_a_webhook_may_still_bring_is_kept_and_is_no_silence(market: Market, cast: Cast) -> None:
    paid_at_stripe(market, cast)
    assert poll_events(at=timezone.now()) == 4
    assert not Event.objects.filter(kind=SILENT).exists()


def test_a_payout_the_bank_has_and_nobody_told_of_is_paid(market: Market, cast: Cast) -> None:
    wire = at_noon(market.sandbox, cast)
    wire.onboard(cast.saga)
    wire.sell()
    PayoutProcessor.pay_due_schedules(at=wire.pass_days(7))
    assert PayoutSchedule.objects.get().state == "in_transit"

    wire.pass_days(5)
    at = wire.pass_days(1)
    poll_events(at=at)
    drain(at=at)

    assert PayoutSchedule.objects.get().state == "paid"
    of_the_account = Message.objects.filter(endpoint="connect", type="payout.paid").get()
    assert of_the_account.account == PayoutSchedule.objects.get().destination_account


def test_an_account_is_asked_while_a_payout_is_on_its_way_and_not_at_each_poll(
    market: Market, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = at_noon(market.sandbox, cast)
    account = wire.onboard(cast.saga)
    wire.sell()
    asked: list[str | None] = []

    def note(types: object, *, since: datetime, account_id: str | None = None) -> list[object]:
        asked.append(account_id)
        return []

    monkeypatch.setattr("treasury.missed_events.list_events", note)
    poll_events(at=wire.now)
    assert asked == [None]

    due = wire.pass_days(7)
    PayoutProcessor.pay_due_schedules(at=due)
    for seconds, wanted in ((0, [None, account]), (4, [None]), (6, [None, account])):
        asked.clear()
        poll_events(at=due + timedelta(seconds=seconds))
        assert asked == wanted, seconds

    PayoutAttempt.objects.update(state="paid")
    asked.clear()
    poll_events(at=due + timedelta(minutes=1))
    assert asked == [None]


def test_an_event_of_an_account_names_it_whatever_stripe_says(told: dict[str, object], db: None) -> None:
    told |= {"object": "list", "url": "/v1/events", "data": [{"id": "evt_1"}], "has_more": False}
    ((event,),) = list_events(["payout.paid"], since=timezone.now(), account_id="acct_1")
    assert event == {"id": "evt_1", "account": "acct_1"}
