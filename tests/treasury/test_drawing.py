"""Drawing our own money: at most what is free, once, and followed until our bank has it or sends it back."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from config.worker import ALL_HANDLERS
from events.models import Event
from gateway.client import StripeAway, stripe_client
from gateway.models import StripeCall
from gateway.payouts import payout_of
from inbox.handling import handle_waiting
from inbox.models import Message
from ledger.balances import balance_minor
from ledger.posting import Line, post_journal
from tests.cast import Cast, deliver, event_of
from tests.treasury.market import AT_ONCE, CLEARING, Market, a_movement, differences, is_all_named
from treasury.balance_transactions import keep_movements, poll_movements
from treasury.models import PlatformPayout
from treasury.naming import name_movements
from treasury.platform import DrawRefused, _write, draw, drawable_minor, finish_draws

FREE = 60_320
PLACES = (CLEARING, "bank:transit:platform", "bank:platform")


@pytest.fixture
def earned(cast: Cast, market: Market) -> Cast:
    """One sale whose money is there: 10 230.00 are Saga's, and 603.20 are free."""
    return earn(cast, market)


@pytest.fixture
def own_earned(own_cast: Cast, market: Market) -> Cast:
    return earn(own_cast, market)


def earn(cast: Cast, market: Market) -> Cast:
    market.sell(cast, card=AT_ONCE)
    poll_movements(at=timezone.now())
    return cast


def draw_of(cast: Cast, minor: int = FREE) -> PlatformPayout:
    return draw(amount_minor=minor, currency="SEK", reason="rent", by=cast.olga, at=timezone.now())


def at_stripe() -> list[int]:
    """What payouts of our own account exist there."""
    return [payout.amount for payout in stripe_client().v1.payouts.list({"limit": 100}).data]


def stands() -> tuple[int, ...]:
    """At Stripe, on its way, in our bank."""
    return tuple(balance_minor(code) for code in PLACES)


def stands_at_stripe(payout: PlatformPayout) -> str:
    return stripe_client().v1.payouts.retrieve(payout.stripe_payout_id or "").status


def tell(payout: PlatformPayout, kind: str) -> Message:
    """Stripe's event about the payout as it is there now, received and drained."""
    payout.refresh_from_db()
    told = stripe_client().v1.payouts.retrieve(payout.stripe_payout_id or "").to_dict()
    event = event_of(kind, told, at=timezone.now())
    deliver(event, at=timezone.now())
    handle_waiting(ALL_HANDLERS, limit=10, at=timezone.now())
    return Message.objects.get(event_id=event["id"])


def poll_at_the_end() -> None:
    """Nothing is unnamed, nothing differs."""
    poll_movements(at=timezone.now())
    name_movements(at=timezone.now() + timedelta(hours=1))
    assert (differences(), is_all_named()) == ({}, True)
    assert balance_minor("suspense") == 0


def test_all_that_is_free_is_drawn_and_then_nothing_is(earned: Cast) -> None:
    assert drawable_minor("SEK") == FREE

    payout = draw_of(earned)

    assert (payout.state, at_stripe(), stands()) == ("in_transit", [FREE], (1_023_000, FREE, 0))
    assert drawable_minor("SEK") == 0
    event = Event.objects.get(kind="platform_payout.asked")
    assert event.actor_id == earned.olga.pk
    poll_at_the_end()


@pytest.mark.parametrize("minor", [FREE + 1, 0, -1, 1_083_320])
def test_more_than_is_free_or_nothing_is_refused_and_not_written(earned: Cast, minor: int) -> None:
    with pytest.raises(DrawRefused, match="sellers' and buyers' money"):
        draw_of(earned, minor)

    assert (at_stripe(), stands()) == ([], (1_083_320, 0, 0))
    assert not PlatformPayout.objects.exists()


def test_what_stripe_has_not_made_available_is_not_free(cast: Cast, market: Market) -> None:
    market.sell(cast)
    poll_movements(at=timezone.now())

    assert drawable_minor("SEK") == 0
    with pytest.raises(DrawRefused):
        draw_of(cast, 1)


@pytest.mark.parametrize("account", ["buyers:refunds", "platform:vat", "suspense", "seller:7:payable"])
def test_what_is_owed_to_anybody_is_not_free_though_it_is_available(earned: Cast, account: str) -> None:
    post_journal(
        key="owed", currency="SEK", lines=[Line("platform:commission", account, 20_000)], at=timezone.now()
    )

    assert drawable_minor("SEK") == FREE - 20_000


def test_what_is_available_is_weighed_against_all_that_is_owed(cast: Cast, market: Market) -> None:
    """The books are rich by charges that are pending; what is there is owed."""
    market.sell(cast, card=AT_ONCE)
    market.sell(cast, amount_minor=11_000_000)
    poll_movements(at=timezone.now())
    post_journal(
        key="paid",
        currency="SEK",
        lines=[Line(f"seller:{cast.saga.pk}:payable", "buyers:refunds", 11_253_000)],
        at=timezone.now(),
    )

    assert drawable_minor("SEK") == 0


def test_currencies_are_not_mixed(earned: Cast) -> None:
    assert drawable_minor("EUR") == 0
    with pytest.raises(DrawRefused):
        draw(amount_minor=1, currency="EUR", reason="rent", by=earned.olga, at=timezone.now())


def test_four_who_draw_the_same_money_at_once_draw_it_once(own_earned: Cast) -> None:
    start = threading.Barrier(4)

    def draw_with_others(_: int) -> str:
        start.wait()
        try:
            return draw_of(own_earned).state
        except DrawRefused:
            return "refused"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        states = sorted(threads.map(draw_with_others, range(4)))

    assert states == ["in_transit", "refused", "refused", "refused"]
    assert (at_stripe(), stands()) == ([FREE], (1_023_000, FREE, 0))


def test_one_who_looked_before_another_drew_and_wrote_after_it_draws_nothing(earned: Cast) -> None:
    assert drawable_minor("SEK") == FREE
    draw_of(earned)
    late = write(earned)

    assert finish_draws(at=timezone.now()) == 1

    late.refresh_from_db()
    assert (late.state, at_stripe(), stands()) == ("refused", [FREE], (1_023_000, FREE, 0))
    assert StripeCall.objects.get(object_id=str(late.pk)).state == "refused"


def test_while_one_is_not_answered_another_is_refused(earned: Cast) -> None:
    write(earned, minor=100)

    with pytest.raises(DrawRefused, match="not answered yet"):
        draw_of(earned, 100)
    assert at_stripe() == []


def write(cast: Cast, *, minor: int = FREE) -> PlatformPayout:
    """Written down and committed, and not yet sent: whoever wrote it died."""
    return _write(amount_minor=minor, currency="SEK", reason="rent", by=cast.olga, at=timezone.now())


def test_what_was_written_and_never_sent_is_sent_later(earned: Cast) -> None:
    payout = write(earned)

    assert finish_draws(at=timezone.now()) == 1
    assert finish_draws(at=timezone.now()) == 0

    payout.refresh_from_db()
    assert (payout.state, at_stripe(), stands()) == ("in_transit", [FREE], (1_023_000, FREE, 0))


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "500_after", "429", "malformed"])
def test_whatever_becomes_of_the_answer_it_is_drawn_once(earned: Cast, market: Market, kind: str) -> None:
    market.fault(kind, method="POST", path="/v1/payouts")
    with pytest.raises(StripeAway):
        draw_of(earned)
    assert stands() == (1_083_320, 0, 0)

    assert finish_draws(at=timezone.now()) == 1

    assert (at_stripe(), stands()) == ([FREE], (1_023_000, FREE, 0))
    poll_at_the_end()


def test_an_answer_that_says_too_little_is_no_answer(cast: Cast, told: dict[str, object]) -> None:
    income = Line(CLEARING, "platform:commission", FREE)
    post_journal(key="earned", currency="SEK", lines=[income], at=timezone.now())
    told |= {"object": "payout", "id": "po_1", "available": [{"amount": FREE, "currency": "sek"}]}
    with pytest.raises(StripeAway):
        draw_of(cast)
    assert (finish_draws(at=timezone.now()), stands()) == (0, (FREE, 0, 0))

    told |= {"status": "pending", "amount": FREE, "currency": "sek", "metadata": {}}

    assert (finish_draws(at=timezone.now()), stands()) == (1, (0, FREE, 0))


def test_what_stripe_refuses_is_refused_and_moves_nothing(earned: Cast, market: Market) -> None:
    market.fault("insufficient_funds", method="POST", path="/v1/payouts")

    payout = draw_of(earned)

    assert (payout.state, payout.reason) == ("refused", "Stripe refused (balance_insufficient).")
    assert (at_stripe(), stands()) == ([], (1_083_320, 0, 0))
    assert draw_of(earned).state == "in_transit"


def test_when_our_bank_has_it_it_is_in_our_bank(earned: Cast, market: Market) -> None:
    payout = draw_of(earned)
    market.pass_days(5)

    assert [tell(payout, "payout.paid").state for _ in range(2)] == ["handled", "handled"]

    payout.refresh_from_db()
    assert (payout.state, stands()) == ("paid", (1_023_000, 0, FREE))
    poll_at_the_end()


def test_when_it_fails_it_is_at_stripe_again_and_may_be_drawn_again(earned: Cast, market: Market) -> None:
    market.fault("payout_failed", method="POST", path="/v1/payouts")
    payout = draw_of(earned)
    market.pass_days(5)

    assert [tell(payout, "payout.failed").state for _ in range(2)] == ["handled", "handled"]

    payout.refresh_from_db()
    assert (payout.state, stands()) == ("failed", (1_083_320, 0, 0))
    poll_at_the_end()
    assert draw_of(earned).state == "in_transit"


def test_what_fails_after_it_was_paid_leaves_our_bank_again(earned: Cast, market: Market) -> None:
    market.fault("payout_failed_after_paid", method="POST", path="/v1/payouts")
    payout = draw_of(earned)
    while stands_at_stripe(payout) != "paid":  # On the next weekday, and two later it is back.
        market.pass_days(1)
    tell(payout, "payout.paid")
    assert stands() == (1_023_000, 0, FREE)
    market.pass_days(7)

    assert tell(payout, "payout.failed").state == "handled"

    assert stands() == (1_083_320, 0, 0)
    poll_at_the_end()


def test_paid_that_is_told_after_failed_changes_nothing(earned: Cast, market: Market) -> None:
    market.fault("payout_failed_after_paid", method="POST", path="/v1/payouts")
    payout = draw_of(earned)
    market.pass_days(4)
    paid = stripe_client().v1.payouts.retrieve(payout.stripe_payout_id or "").to_dict()
    market.pass_days(7)
    tell(payout, "payout.failed")

    deliver(event_of("payout.paid", paid, at=timezone.now()), at=timezone.now())
    handle_waiting(ALL_HANDLERS, limit=10, at=timezone.now())

    payout.refresh_from_db()
    assert (payout.state, stands()) == ("failed", (1_083_320, 0, 0))


def test_paid_that_is_told_before_our_own_note_waits_for_it(earned: Cast, market: Market) -> None:
    market.fault("reset_after", method="POST", path="/v1/payouts")
    with pytest.raises(StripeAway):
        draw_of(earned)
    (made,) = stripe_client().v1.payouts.list({"limit": 1}).data
    deliver(event_of("payout.paid", made.to_dict() | {"status": "paid"}, at=timezone.now()))

    handle_waiting(ALL_HANDLERS, limit=10, at=timezone.now())
    assert Message.objects.get().state == "received"
    assert "PayoutNotYetOurs" in Message.objects.get().reason
    finish_draws(at=timezone.now())
    handle_waiting(ALL_HANDLERS, limit=10, at=timezone.now() + timedelta(minutes=1))

    assert (Message.objects.get().state, stands()) == ("handled", (1_023_000, 0, FREE))


@pytest.mark.parametrize("changed", [{"id": "po_of_nobody"}, {"amount": FREE - 1}, {"currency": "eur"}])
def test_a_payout_that_is_not_as_we_asked_is_quarantined_and_moves_nothing(
    earned: Cast, changed: dict[str, object]
) -> None:
    payout = draw_of(earned)
    told = stripe_client().v1.payouts.retrieve(payout.stripe_payout_id or "").to_dict()

    deliver(event_of("payout.paid", told | {"status": "paid"} | changed, at=timezone.now()))
    handle_waiting(ALL_HANDLERS, limit=10, at=timezone.now())

    assert Message.objects.get().state == "quarantined"
    assert stands() == (1_023_000, FREE, 0)


def test_what_comes_by_the_address_of_the_connected_ones_is_never_our_own(earned: Cast) -> None:
    payout = draw_of(earned)
    told = stripe_client().v1.payouts.retrieve(payout.stripe_payout_id or "").to_dict()

    event = event_of("payout.paid", told | {"status": "paid"}, at=timezone.now())
    deliver(event | {"account": "acct_7"}, endpoint="connect")
    handle_waiting(ALL_HANDLERS, limit=10, at=timezone.now())

    assert Message.objects.get().state == "quarantined"
    assert stands() == (1_023_000, FREE, 0)


def test_a_top_up_is_money_from_our_bank(earned: Cast) -> None:
    now = timezone.now()
    topup = a_movement(type="topup", source="tu_1", amount_minor=30_000, fee_minor=0, created_at=now)
    keep_movements([topup], at=now)
    name_movements(at=now)

    assert stands() == (1_113_320, 0, -30_000)


def test_the_call_says_what_it_is_for(earned: Cast) -> None:
    payout = draw_of(earned)

    call = payout_of(payout.pk)
    made = stripe_client().v1.payouts.retrieve(call.result_id)
    assert (made.metadata["attempt"], made.metadata["call_id"]) == (str(payout.pk), str(call.pk))
    assert call.idempotency_key == f"v1:sandbox:payout:{payout.pk}:1"
