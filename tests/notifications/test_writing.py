"""From the diary to letters: once for each line and person, whatever the order lines become visible in."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connections, transaction

from events.models import Event
from notifications.models import Bookmark, Letter
from notifications.writing import write_letters
from tests.cast import NOON, Cast
from tests.notifications.diary import decline, letters, open_diary, sell, tell_of
from tests.payouts.moving import an_account

SOON = NOON + timedelta(minutes=1)
QUARTER = timedelta(minutes=15)


def told() -> list[tuple[str, str]]:
    """The kinds of the letters there are and whom they go to, in the order of the lines."""
    rows = Letter.objects.order_by("event", "person").values_list("event__kind", "person__name")
    return [(kind, name.split()[0]) for kind, name in rows]


def in_a_thread(do: Callable[[], object]) -> None:
    """With a database connection of its own."""

    def run() -> None:
        try:
            do()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as threads:
        threads.submit(run).result()


def test_a_sale_is_told_to_buyer_and_seller_once(cast: Cast) -> None:
    open_diary()
    sell(cast)

    assert write_letters(at=SOON) == 1
    assert write_letters(at=SOON) == 0
    assert told() == [("payment.completed", "Bo"), ("payment.completed", "Saga")]


def test_a_letter_says_for_ever_what_it_said_and_to_whom(cast: Cast) -> None:
    open_diary()
    sell(cast)
    before = [(letter.subject, letter.text, letter.address) for letter in letters()]
    cast.bo.email, cast.bo.language = "new@klubba.example", "sv"
    cast.bo.save()

    assert [(letter.subject, letter.text, letter.address) for letter in letters()] == before


def test_a_line_that_becomes_visible_after_a_younger_one_is_told_too_and_none_twice(own_cast: Cast) -> None:
    """Two transactions: the first takes the lower id and commits last."""
    open_diary()
    written, commit = threading.Event(), threading.Event()

    def sell_slowly() -> None:
        with transaction.atomic():
            sell(own_cast, title="Slow")
            written.set()
            assert commit.wait(20)

    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(lambda: in_a_thread(sell_slowly))
        assert written.wait(20)
        decline(own_cast, title="Quick")
        assert write_letters(at=SOON) == 1
        assert told() == [("payment.declined", "Bo")]
        commit.set()
        slow.result()

    assert write_letters(at=SOON) == 1
    assert write_letters(at=SOON) == 0
    lines = [Event.objects.get(kind=kind).pk for kind in ("payment.completed", "payment.declined")]
    assert lines[0] < lines[1]
    assert told() == [
        ("payment.completed", "Bo"),
        ("payment.completed", "Saga"),
        ("payment.declined", "Bo"),
    ]


def test_a_line_is_told_also_when_its_transaction_lasted_almost_a_quarter_of_an_hour(own_cast: Cast) -> None:
    open_diary()
    at, almost = NOON, NOON + QUARTER - timedelta(seconds=1)
    written, commit = threading.Event(), threading.Event()

    def sell_slowly() -> None:
        with transaction.atomic():
            sell(own_cast)
            written.set()
            assert commit.wait(20)

    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(lambda: in_a_thread(sell_slowly))
        assert written.wait(20)
        decline(own_cast, title="Newer, and seen by the bookmark")
        write_letters(at=at + QUARTER)
        assert Bookmark.objects.get().seen_up_to == Event.objects.get(kind="payment.declined").pk
        write_letters(at=almost + QUARTER)
        commit.set()
        slow.result()

    assert write_letters(at=almost + QUARTER) == 1
    assert ("payment.completed", "Saga") in told()


def test_what_is_old_is_not_looked_at_again(cast: Cast) -> None:
    open_diary()
    sell(cast)
    write_letters(at=SOON)
    for quarters in (1, 2):
        write_letters(at=NOON + quarters * QUARTER)

    assert Bookmark.objects.get().read_up_to == Event.objects.order_by("-pk")[0].pk


def test_the_bookmark_passes_nothing_that_was_not_told(cast: Cast) -> None:
    """Nobody wrote letters for a day."""
    open_diary()
    for number in range(3):
        decline(cast, title=f"Number {number}")
    at, lines = NOON + timedelta(days=1), Event.objects.filter(kind="payment.declined")
    Bookmark.objects.update(seen_up_to=lines.order_by("-pk")[0].pk)

    assert [write_letters(at=at + n * QUARTER) for n in range(3)] == [3, 0, 0]
    assert len(told()) == 3


def test_what_happened_before_there_were_letters_gets_none(cast: Cast) -> None:
    open_diary()
    sell(cast)
    newest = Event.objects.order_by("-pk")[0].pk
    Bookmark.objects.update(read_up_to=newest, seen_up_to=newest)

    assert write_letters(at=SOON) == 0
    decline(cast)
    assert write_letters(at=SOON) == 1


def test_two_who_write_at_once_write_each_letter_once(own_cast: Cast) -> None:
    open_diary()
    for number in range(20):
        decline(own_cast, title=f"Number {number}")
    sell(own_cast)
    ready = threading.Barrier(4)

    def write() -> None:
        ready.wait(20)
        while write_letters(at=SOON):
            pass

    with ThreadPoolExecutor(4) as threads:
        for one in [threads.submit(lambda: in_a_thread(write)) for _ in range(4)]:
            one.result()

    assert len(told()) == 22


def test_a_set_that_cannot_be_written_whole_leaves_nothing(cast: Cast) -> None:
    open_diary()
    decline(cast)
    broken = tell_of(sell(cast), "payment.returned")

    with pytest.raises(KeyError):
        write_letters(at=SOON)
    assert Letter.objects.count() == 0
    assert broken.details == {}


@pytest.mark.parametrize("count", [1, 25])
def test_a_set_takes_as_many_statements_as_one(cast: Cast, django_assert_num_queries, count: int) -> None:
    open_diary()
    an_account(cast.saga)
    for number in range(count):
        sell(cast, title=f"Number {number}")

    with django_assert_num_queries(9):
        assert write_letters(at=SOON) == count


def test_a_hold_for_approval_is_no_letter_and_an_operators_is(cast: Cast) -> None:
    open_diary()
    sell(cast)
    payout = cast.saga.payout_schedules.get()
    tell_of(payout, "payout.held", reason="It is being reviewed.")
    tell_of(payout, "payout.held", by=cast.olga.pk, reason="Send us the provenance.")
    write_letters(at=SOON)

    assert told()[2:] == [("payout.held", "Saga")]
    assert "“Send us the provenance.”" in Letter.objects.get(event__kind="payout.held").text


def test_nothing_is_written_of_what_nobody_needs_to_hear(cast: Cast) -> None:
    open_diary()
    tell_of(an_account(cast.saga), "account.opened")

    assert letters(at=datetime(2027, 1, 1, tzinfo=NOON.tzinfo)) == []
