"""Over the wire: whatever Stripe answers, whoever sleeps: one transfer an item, one payout an attempt."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections

from gateway import transfers
from gateway.models import StripeCall
from payouts import transferring
from payouts.holding import hold_seller, open_breaker, release_seller
from payouts.models import PayoutItem, PayoutSchedule
from payouts.processors import PayoutProcessor
from payouts.reserving import reserve
from tests.payouts.books import assert_books_hold
from tests.payouts.moving import owe
from tests.payouts.wire import Wire

PART_MINOR = 1_023_000
AN_HOUR = timedelta(hours=1)


def pay(wire: Wire, *, later: timedelta = timedelta(0)) -> int:
    return PayoutProcessor.pay_due_schedules(at=wire.now + later)


def states() -> list[tuple[str, int]]:
    return sorted(PayoutSchedule.objects.values_list("state", "total_minor"))


def test_on_its_day_it_is_transferred_and_sent_to_the_bank(wire: Wire) -> None:
    for _ in range(2):
        wire.sell()
    wire.pass_days(7)

    pay(wire)
    pay(wire)

    assert (wire.made("transfer"), wire.made("payout")) == ([PART_MINOR] * 2, [2 * PART_MINOR])
    assert states() == [("in_transit", 2 * PART_MINOR)]
    assert_books_hold()


@pytest.mark.parametrize("forgotten", [False, True])
@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "500_after", "429", "malformed"])
@pytest.mark.parametrize("path", ["/v1/transfers", "/v1/payouts"])
def test_after_an_answer_that_is_none_it_goes_on_with_what_exists(
    wire: Wire, kind: str, path: str, forgotten: bool
) -> None:
    wire.sell()
    wire.pass_days(7)
    wire.fail(kind, path)
    pay(wire)
    assert states()[0][0] in ("sending", "transferred")
    assert_books_hold()
    if forgotten:
        wire.forget_keys()

    for _ in range(2):
        pay(wire)

    assert (wire.made("transfer"), wire.made("payout")) == ([PART_MINOR], [PART_MINOR])
    assert states() == [("in_transit", PART_MINOR)]
    assert_books_hold()


def test_a_refused_item_leaves_and_the_others_go_on(wire: Wire) -> None:
    for _ in range(3):
        wire.sell()
    broken = PayoutItem.objects.order_by("pk")[1]
    wire.pass_days(7)
    _take_all_of(wire, broken)

    pay(wire)

    assert wire.made("payout") == [2 * PART_MINOR]
    broken.refresh_from_db()
    assert broken.state == "dropped" and "amount_too_large" in broken.reason
    assert states() == [("in_transit", 2 * PART_MINOR), ("scheduled", PART_MINOR)]
    assert_books_hold()


def _take_all_of(wire: Wire, item: PayoutItem) -> None:
    """Somebody else was given most of the charge's money by hand."""
    by_hand(wire, item.earning.stripe_charge_id, 1_000_000, wire.onboard(wire.cast.otto))


def by_hand(wire: Wire, charge: str, amount_minor: int, account: str, **metadata: str) -> None:
    """A transfer that none of our calls made."""
    sent = {"amount": amount_minor, "currency": "sek", "destination": account, "source_transaction": charge}
    wire.api.post("/v1/transfers", {**sent, "metadata": {"by": "hand", **metadata}})


@pytest.mark.parametrize(
    ("kind", "code"), [("account_disabled", "transfers_not_allowed"), ("insufficient_funds", "balance")]
)
def test_refused_for_the_account_or_our_balance_the_rest_is_not_even_sent(
    wire: Wire, kind: str, code: str
) -> None:
    for _ in range(5):
        wire.sell()
    wire.pass_days(7)
    wire.fail(kind, "/v1/transfers", nth=4)

    pay(wire)

    assert (wire.made("transfer"), wire.made("payout")) == ([PART_MINOR] * 3, [3 * PART_MINOR])
    assert states() == [("in_transit", 3 * PART_MINOR), ("scheduled", 2 * PART_MINOR)]
    dropped = PayoutItem.objects.filter(state="dropped").values_list("reason", flat=True)
    assert len(dropped) == 2 and all(code in reason for reason in dropped)
    assert StripeCall.objects.filter(purpose="transfer", first_sent_at=None).count() == 1
    assert_books_hold()
    wire.mend()
    wire.pass_days(1)
    pay(wire)
    assert wire.made("payout") == [2 * PART_MINOR, 3 * PART_MINOR]
    assert_books_hold()


def test_without_money_of_ours_nobody_else_is_tried_in_the_run(wire: Wire) -> None:
    wire.onboard(wire.cast.otto)
    for seller in (wire.cast.saga, wire.cast.otto):
        wire.sell(seller=seller)
    wire.pass_days(7)
    wire.fail("insufficient_funds", "/v1/transfers")

    pay(wire)

    assert states() == [("scheduled", PART_MINOR)] * 2
    (call,) = StripeCall.objects.filter(purpose="transfer")
    assert call.state == "refused"


def test_what_is_worth_nothing_has_no_transfer(wire: Wire) -> None:
    for _ in range(2):
        wire.sell()
    owe(wire.cast, PART_MINOR)
    wire.pass_days(7)

    assert reserve(PayoutSchedule.objects.get().pk, at=wire.now)

    assert sorted(PayoutItem.objects.values_list("state", "net_minor")) == [
        ("reserved", PART_MINOR),
        ("settled", 0),
    ]
    assert StripeCall.objects.filter(purpose="transfer").count() == 1


def test_what_went_whole_towards_a_debt_ends_with_nothing(wire: Wire) -> None:
    wire.sell()
    owe(wire.cast, PART_MINOR)
    wire.pass_days(7)

    pay(wire)

    assert states() == [("canceled", 0)]


def test_a_transfer_that_surfaces_late_is_found_and_not_repeated(wire: Wire) -> None:
    earning = wire.sell()
    wire.pass_days(7)
    wire.fail("account_disabled", "/v1/transfers")
    pay(wire)
    (item,) = PayoutItem.objects.filter(earning=earning)
    account = PayoutSchedule.objects.get().destination_account
    wire.mend()
    by_hand(wire, earning.stripe_charge_id, PART_MINOR, account, part="sale", item=str(item.pk))

    wire.pass_days(1)
    pay(wire)

    assert (wire.made("transfer"), wire.made("payout")) == ([PART_MINOR], [PART_MINOR])
    assert_books_hold()


def test_that_stripe_will_not_say_what_it_has_is_no_refusal(wire: Wire) -> None:
    wire.sell()
    wire.pass_days(7)
    wire.fail("reset_after", "/v1/transfers")
    pay(wire)
    wire.fail("account_disabled", "/v1/transfers", method="GET")

    pay(wire)

    assert states() == [("sending", PART_MINOR)]
    wire.mend()
    pay(wire)
    assert (wire.made("transfer"), wire.made("payout")) == ([PART_MINOR], [PART_MINOR])
    assert_books_hold()


def test_two_transfers_for_one_part_stop_everything(wire: Wire) -> None:
    earning = wire.sell(amount_minor=2_200_000)
    wire.pass_days(7)
    wire.fail("reset_before", "/v1/transfers")
    pay(wire)
    account = PayoutSchedule.objects.get().destination_account
    wire.mend()
    for _ in range(2):
        by_hand(wire, earning.stripe_charge_id, 1, account, part="sale")

    pay(wire)

    assert open_breaker() is not None
    assert states()[0][0] == "sending"
    assert_books_hold()


def test_a_seller_who_is_held_while_it_is_being_sent_is_sent_no_more(wire: Wire) -> None:
    wire.sell()
    wire.pass_days(7)
    wire.fail("reset_before", "/v1/transfers")
    pay(wire)
    wire.mend()
    hold_seller(wire.cast.saga.pk, reason="a strange payout", by=None, at=wire.now)

    pay(wire)
    assert (states(), wire.made("transfer")) == ([("sending", PART_MINOR)], [])

    release_seller(wire.cast.saga.pk, reason="explained", by=wire.cast.olga, at=wire.now)
    pay(wire)
    assert (wire.made("transfer"), wire.made("payout")) == ([PART_MINOR], [PART_MINOR])
    assert_books_hold()


def test_a_transfer_that_is_done_and_would_be_asked_for_otherwise_stops_everything(wire: Wire) -> None:
    """Its late answer came after it had been believed refused, and the amount is another now."""
    wire.sell()
    wire.pass_days(7)
    wire.fail("account_disabled", "/v1/transfers")
    pay(wire)
    wire.mend()
    StripeCall.objects.filter(purpose="transfer").update(state="done", result_id="tr_late")
    owe(wire.cast, 1_000)

    wire.pass_days(1)
    pay(wire)

    breaker = open_breaker()
    assert breaker is not None and breaker.cause == "books"
    assert (states(), wire.made("transfer")) == ([("scheduled", PART_MINOR)], [])
    assert_books_hold()


def test_ten_runners_make_one_transfer_for_each_item_and_one_payout(own_wire: Wire) -> None:
    wire = own_wire
    for _ in range(4):
        wire.sell()
    wire.pass_days(7)
    wire.fail("500_after", "/v1/transfers", nth=2)

    _together(10, lambda: pay(wire))
    wire.mend()
    _together(2, lambda: pay(wire))

    assert (wire.made("transfer"), wire.made("payout")) == ([PART_MINOR] * 4, [4 * PART_MINOR])
    assert states() == [("in_transit", 4 * PART_MINOR)]
    assert_books_hold()


def test_who_slept_between_looking_and_sending_looks_again(
    own_wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other sends, has no answer, and Stripe forgets the key; then the sleeper wakes."""
    wire = own_wire
    wire.sell()
    wire.pass_days(7)
    looked, woken = threading.Event(), threading.Event()
    look_up = transfers._find_created

    def look_and_sleep(call: StripeCall) -> object:
        found = look_up(call)
        if threading.current_thread().name == "sleeper" and not looked.is_set():
            looked.set()
            assert woken.wait(20)
        return found

    monkeypatch.setattr(transfers, "_find_created", look_and_sleep)
    sleeper = threading.Thread(target=_closing(lambda: pay(wire)), name="sleeper")
    sleeper.start()
    assert looked.wait(20)
    wire.fail("reset_after", "/v1/transfers")
    pay(wire)
    wire.mend()
    wire.forget_keys()
    woken.set()
    sleeper.join()

    pay(wire)

    assert (wire.made("transfer"), wire.made("payout")) == ([PART_MINOR], [PART_MINOR])
    assert_books_hold()


def test_who_slept_over_a_refusal_does_not_touch_the_next_attempt(wire: Wire) -> None:
    wire.sell()
    wire.pass_days(7)
    wire.fail("insufficient_funds", "/v1/transfers")
    pay(wire)
    as_it_was = PayoutItem.objects.select_related("schedule").get()
    wire.pass_days(1)
    wire.fail("reset_before", "/v1/transfers")
    pay(wire)
    assert states()[0][0] == "sending"

    transferring._release(as_it_was, "balance_insufficient", at=wire.now)
    transferring._confirm(as_it_was, "tr_of_long_ago", at=wire.now)

    assert states()[0][0] == "sending"
    assert_books_hold()
    wire.mend()
    pay(wire)
    assert (wire.made("transfer"), wire.made("payout")) == ([PART_MINOR], [PART_MINOR])
    assert_books_hold()


def test_a_line_that_somebody_chose_before_the_schedule_was_concluded_does_not_block_it(wire: Wire) -> None:
    wire.sell()
    wire.sell()
    wire.pass_days(7)
    schedule = PayoutSchedule.objects.get()
    assert reserve(schedule.pk, at=wire.now)
    first, second = schedule.items.select_related("schedule").order_by("pk")
    StripeCall.objects.filter(object_id=first.pk).update(state="refused", error_code="charge_disputed")
    transferring._release(first, "charge_disputed", at=wire.now)
    PayoutProcessor.create_payout_schedule([first.earning], at=wire.now)

    transferring.transfer_items(schedule.pk, at=wire.now)

    schedule.refresh_from_db()
    assert (schedule.state, schedule.total_minor) == ("transferred", second.net_minor)
    assert_books_hold()


def _together(count: int, do: Callable[[], object]) -> None:
    start = threading.Barrier(count)

    def run(_: int) -> None:
        start.wait()
        _closing(do)()

    with ThreadPoolExecutor(count) as threads:
        list(threads.map(run, range(count)))


def _closing(do: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        try:
            do()
        finally:
            connections.close_all()

    return run
