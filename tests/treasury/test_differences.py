"""A difference is one row from when it was first seen until it is gone, whoever looks, and however often."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, connections, transaction

from audit.invariants import LATENESSES
from audit.looking import Look
from events.models import Event
from gateway import pages
from gateway.balance_transactions import retrieve_movement
from gateway.client import StripeAway
from gateway.made import READERS, retrieve_made
from inbox.models import Message
from tests.browser.sandbox_process import Sandbox
from tests.cast import NOON, Cast
from tests.payouts.wire import at_noon
from tests.treasury.beside import Beside, diary, figures, standing
from tests.treasury.market import a_movement
from treasury import comparing
from treasury.balance_transactions import keep_movements
from treasury.comparing import LAST, PART, PLACE, compare_between, compare_objects
from treasury.differences import BreakRefused, Difference, explain_break, keep_differences
from treasury.looking_again import check_again, look_again
from treasury.models import Break, Watermark
from treasury.naming import name_movements
from treasury.own_movements import compare_movements
from treasury.polling import poll

OLD = NOON + timedelta(hours=2)
ONE = ("transfer", "tr_1")
A_TRANSFER = Difference(
    kind="unknown",
    object_type="transfer",
    object_id="tr_1",
    account_id="acct_1",
    currency="SEK",
    expected_minor=0,
    found_minor=500,
    made_at=NOON,
)


def keep(*found: Difference, looked: tuple[str, str] = ONE, minutes: int = 0) -> int:
    return keep_differences([looked], list(found), at=OLD + timedelta(minutes=minutes))


def test_it_is_opened_once_renewed_and_closed_once(db: None) -> None:
    assert [keep(A_TRANSFER, minutes=m) for m in (0, 1, 2)] == [1, 0, 0]
    keep(replace(A_TRANSFER, found_minor=400), minutes=3)
    found = Break.objects.get()
    assert (found.first_seen_at, found.last_seen_at) == (OLD, OLD + timedelta(minutes=3))
    assert figures() == [(0, 400, "SEK")]

    assert [keep(minutes=m) for m in (4, 5)] == [0, 0]
    found.refresh_from_db()
    assert found.resolved_at == OLD + timedelta(minutes=4)
    assert diary() == ["opened unknown", "closed unknown"]
    told = Event.objects.filter(subject_type="break").earliest("pk")
    assert (told.subject_id, told.actor_id) == (str(found.pk), None)
    assert told.details == {
        "kind": "unknown", "object_type": "transfer", "object_id": "tr_1", "account_id": "acct_1",
        "currency": "SEK", "expected_minor": 0, "found_minor": 500,
    }  # fmt: skip


def test_what_was_not_looked_at_is_not_gone(db: None) -> None:
    keep(A_TRANSFER)
    for looked in (("transfer", "tr_2"), ("charge", "tr_1")):
        keep(looked=looked)
    assert len(standing()) == 1


def test_it_may_come_back(db: None) -> None:
    for minutes, found in enumerate(([A_TRANSFER], [], [A_TRANSFER])):
        keep(*found, minutes=minutes)
    assert Break.objects.count() == 2
    assert Break.objects.latest("pk").first_seen_at == OLD + timedelta(minutes=2)


def test_who_looks_with_a_slow_clock_closes_nothing_before_it_began(db: None) -> None:
    keep(A_TRANSFER)
    keep(minutes=-1)
    assert len(standing()) == 1
    keep(A_TRANSFER, minutes=-1)
    assert Break.objects.get().last_seen_at == OLD


def test_of_one_object_kinds_and_currencies_are_told_apart(db: None) -> None:
    keep(A_TRANSFER, replace(A_TRANSFER, currency="EUR"), replace(A_TRANSFER, kind="fee"))
    assert len(standing()) == 3
    keep(A_TRANSFER)
    assert len(standing()) == 1


def test_what_is_explained_moves_nothing_and_stays_explained_while_it_is_the_same(cast: Cast) -> None:
    keep(A_TRANSFER)
    explain_break(Break.objects.get(), reason="Our bookkeeper's.", by=cast.olga, at=OLD)
    assert keep(A_TRANSFER, minutes=1) == 0
    assert standing() == []

    told = Event.objects.get(kind="break.explained")
    assert (told.actor_id, told.details["reason"]) == (cast.olga.pk, "Our bookkeeper's.")
    assert keep(replace(A_TRANSFER, found_minor=501), minutes=2) == 1


def test_what_is_gone_or_young_cannot_be_explained(cast: Cast) -> None:
    keep(replace(A_TRANSFER, made_at=OLD))
    young = Break.objects.get()
    with pytest.raises(BreakRefused):
        explain_break(young, reason="No.", by=cast.olga, at=OLD)
    keep()
    with pytest.raises(BreakRefused):
        explain_break(young, reason="No.", by=cast.olga, at=OLD)
    assert not Event.objects.filter(kind="break.explained").exists()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM treasury_break",
        "TRUNCATE treasury_break",
        "UPDATE treasury_break SET kind = 'fee'",
        "UPDATE treasury_break SET first_seen_at = now()",
        "UPDATE treasury_break SET object_id = 'x'",
    ],
)
def test_who_serves_removes_and_renames_none(db: None, statement: str) -> None:
    keep(A_TRANSFER)
    refused = pytest.raises(DatabaseError, match="permission denied")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("kind", ["reset_before", "malformed"])
def test_when_stripe_goes_away_between_two_pages_nothing_is_lost_and_nothing_closed(
    beside: Beside, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(pages, "PAGE", 2)
    for _ in range(5):
        beside.paid_by_hand(amount=5_000)
    assert len(beside.look()) == 5
    beside.paid_by_hand(amount=6_000)
    beside.wire.fail(kind, "/v1/charges", method="GET", nth=2)

    with pytest.raises(StripeAway):
        beside.look(at=beside.later(hours=3))
    assert len(standing()) == 6, "the newest is on the page that was read"
    beside.wire.mend()
    assert len(beside.look(at=beside.later(hours=4))) == 6
    assert diary() == ["opened unknown"] * 6


def test_larger_sets_than_a_page_are_compared_together(
    beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAGE", 2)
    monkeypatch.setattr(comparing, "MOST_AT_ONCE", 4)
    for _ in range(7):
        beside.paid_by_hand(amount=5_000)
    assert len(beside.look()) == 7


def test_turn_by_turn_all_three_days_are_looked_at_and_then_anew(beside: Beside) -> None:
    beside.paid_by_hand(amount=5_000)
    at = beside.wire.now + LAST - timedelta(minutes=1)
    turns = LAST // PART

    beside.wire.pass_days(1)
    beside.paid_by_hand(amount=6_000)
    compare_objects(at=at)
    assert len(standing()) == 1 and Watermark.objects.get(name=PLACE).at == at - LAST + PART
    for _ in range(turns - 2):
        compare_objects(at=at)
    assert Watermark.objects.get(name=PLACE).at == at - PART
    compare_objects(at=at)
    assert len(standing()) == 2 and Watermark.objects.get(name=PLACE).at == at - LAST
    compare_objects(at=at + timedelta(hours=1))
    assert Watermark.objects.get(name=PLACE).at == at + timedelta(hours=1) - LAST + PART


def test_the_last_turn_has_no_end_so_that_a_fast_clock_of_stripes_hides_nothing(beside: Beside) -> None:
    beside.paid_by_hand(amount=5_000)
    early = beside.wire.now - timedelta(minutes=5)
    Watermark.objects.create(name=PLACE, at=early - PART)
    compare_objects(at=early)
    assert [kind for kind, *_ in standing()] == ["timing"]


def test_a_turn_that_stripe_did_not_answer_is_taken_again(beside: Beside) -> None:
    beside.wire.fail("reset_before", "/v1/transfers", method="GET")
    at = beside.later()
    with pytest.raises(StripeAway):
        compare_objects(at=at)
    assert Watermark.objects.get(name=PLACE).at == at - LAST


def test_two_at_once_open_and_close_each_difference_once(own_cast: Cast, at_shared: Sandbox) -> None:
    """Each with a connection of its own, in both directions."""
    beside = Beside(at_noon(at_shared, own_cast))
    for _ in range(3):
        beside.paid_untold()
    at = beside.later()
    start = threading.Barrier(4)

    def look(_: int) -> int:
        start.wait()
        try:
            return compare_between(at - LAST, at=at)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(look, range(4))) == 3
    assert diary() == ["opened missing_event"] * 3

    def close(_: int) -> int:
        start.wait()
        try:
            return keep_differences([(type, id) for _, type, id in rows], [], at=at)
        finally:
            connections.close_all()

    rows = standing()
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(close, range(4)))
    assert diary() == ["opened missing_event"] * 3 + ["closed missing_event"] * 3


def test_a_movement_that_nobody_names_is_a_difference_until_it_is_named(db: None) -> None:
    keep_movements([a_movement(), a_movement("2", type="adjustment", amount_minor=-70, fee_minor=0)], at=NOON)
    name_movements(at=NOON)
    for minutes, kind in ((1, "timing"), (61, "unknown"), (62, "unknown")):
        at = NOON + timedelta(minutes=minutes)
        name_movements(at=at)
        compare_movements(at=at)
        assert standing() == [(kind, "movement", "txn_1"), (kind, "movement", "txn_2")]
    assert figures() == [(0, 1_100_000, "SEK"), (0, -70, "SEK")]


def test_a_rest_in_suspense_is_a_difference_of_amounts(beside: Beside) -> None:
    payment = beside.wire.sell().payment_id
    charge = beside.wire.api.get("/v1/charges")["data"][0]["id"]
    keep_movements([a_movement(source=charge, amount_minor=1_099_000)], at=beside.wire.now)
    name_movements(at=beside.wire.now)
    compare_movements(at=beside.later())

    assert standing() == [("amount", "movement", "txn_1")] and payment
    assert figures() == [(1_100_000, 1_099_000, "SEK")]


def test_what_is_told_of_a_charge_is_not_told_of_its_movement_too(beside: Beside) -> None:
    charge = beside.paid_by_hand()["latest_charge"]
    keep_movements([a_movement(source=charge)], at=beside.wire.now)
    name_movements(at=beside.later())
    compare_movements(at=beside.later())
    assert standing() == [("unknown", "movement", "txn_1")]

    beside.look()
    compare_movements(at=beside.later())
    assert standing() == [("unknown", "charge", charge)]
    told = Break.objects.get(resolved_at=None)
    explain_break(told, reason="By hand.", by=beside.cast.olga, at=beside.later())
    compare_movements(at=beside.later())
    assert standing() == []
    held = LATENESSES["L6"](Look(beside.later(hours=4)))
    assert held == [], "what is explained is not late in suspense"


def test_an_operator_looks_again_by_name(beside: Beside) -> None:
    payment = beside.paid_untold()
    beside.look()
    found = Break.objects.get()
    assert not check_again(found, by=beside.cast.olga, at=beside.later())
    beside.drain()
    assert check_again(found, by=beside.cast.olga, at=beside.later())

    payment.refresh_from_db()
    assert payment.outcome == "sale"
    asked = Event.objects.filter(kind="break.checked")
    assert set(asked.values_list("actor_id", "subject_id")) == {(beside.cast.olga.pk, str(found.pk))}


def test_a_message_that_was_set_aside_is_handled_once_more_by_who_looks_again(beside: Beside) -> None:
    payment = beside.paid_untold()
    beside.look()
    look_again(at=beside.later())
    Message.objects.update(state="dead", handled_at=beside.later())

    look_again(at=beside.later())
    beside.drain()
    assert len(standing()) == 1, "by itself nobody replays"
    check_again(Break.objects.get(), by=beside.cast.olga, at=beside.later())
    beside.drain()
    payment.refresh_from_db()
    assert (payment.outcome, Message.objects.count()) == ("sale", 1)


def test_the_worker_compares_and_mends_by_itself(beside: Beside) -> None:
    """Also what no list of events tells any more."""
    payment = beside.paid_untold()
    Watermark.objects.create(name="balance_transactions", at=beside.wire.now)
    beside.wire.pass_days(2)
    Watermark.objects.create(name=PLACE, at=beside.wire.now - timedelta(days=2, hours=1))
    for minutes in (1, 2, 3):
        poll(at=beside.later(minutes=minutes))
        beside.drain(at=beside.later(minutes=minutes))

    payment.refresh_from_db()
    assert payment.outcome == "sale"
    assert "closed missing_event" in diary() and standing() == []


@pytest.mark.parametrize("answer", [{}, {"object": "charge"}, {"object": "charge", "status": "succeeded"}])
def test_what_cannot_be_read_is_no_answer(
    db: None, told: dict[str, object], answer: dict[str, object]
) -> None:
    told |= answer
    with pytest.raises(StripeAway):
        retrieve_made("charge", "ch_1")
    told |= {"data": [answer], "has_more": False}
    with pytest.raises(StripeAway):
        compare_between(NOON, at=OLD)
    with pytest.raises(StripeAway):
        retrieve_movement("txn_1", account_id="acct_1")


def test_a_debit_that_waits_for_the_bank_stands_for_nothing_yet() -> None:
    told = {
        "object": "charge",
        "id": "py_1",
        "currency": "eur",
        "created": 1,
        "amount": 5,
        "amount_captured": 5,
    }
    stands = {
        status: READERS["charge"](told | {"status": status}, "").stands_minor
        for status in ("pending", "failed", "succeeded")
    }
    assert stands == {"pending": 0, "failed": 0, "succeeded": 5}
