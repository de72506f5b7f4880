"""Messages get their effect once, failures wait with their reason, and a poisonous one stands alone."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import OperationalError, ProgrammingError, connection, connections, transaction

from events.models import Event
from events.recording import record_event
from inbox import handling
from inbox.handling import handle_waiting, reopen_ignored, replay_message
from inbox.models import Message
from tests.cast import NOON, deliver, event_of


def a_message(name: str) -> dict[str, object]:
    return event_of("thing.told", {"id": name, "object": "thing"}, event_id=name)


def note(messages: list[Message], at: datetime) -> None:
    """A handler with an effect for each message; it cannot bear the one called poison."""
    for message in messages:
        record_event("noted", subject_type="thing", subject_id=message.event_id, at=at)
        if message.event_id == "poison":
            raise RuntimeError("cannot bear it")


def drain(*, at: datetime = NOON, limit: int = 100) -> int:
    return handle_waiting({"thing.told": note}, limit=limit, at=at)


def noted() -> list[str]:
    return sorted(Event.objects.filter(kind="noted").values_list("subject_id", flat=True))


def test_the_same_message_is_kept_once_for_each_endpoint(db: None) -> None:
    assert deliver(a_message("a"), a_message("b")) == 2
    assert deliver(a_message("a")) == 0
    assert deliver(a_message("a"), endpoint="connect") == 1


def test_effect_and_mark_are_one(db: None) -> None:
    deliver(a_message("a"), a_message("b"))

    assert drain() == 2
    assert drain() == 0
    assert noted() == ["a", "b"]
    assert set(Message.objects.values_list("state", "handled_at")) == {("handled", NOON)}


def test_a_poisonous_message_stops_none_of_its_neighbours_and_leaves_no_half_effect(db: None) -> None:
    deliver(*[a_message(name) for name in ("a", "b", "poison", "d", "e")])

    drain()

    assert noted() == ["a", "b", "d", "e"]
    poison = Message.objects.get(event_id="poison")
    assert (poison.state, poison.attempts) == ("received", 1)
    assert poison.reason == "RuntimeError: cannot bear it"


def test_a_failing_message_waits_longer_each_time_and_is_set_aside_in_the_end(db: None) -> None:
    deliver(a_message("poison"))
    at = NOON
    for tries in range(8):
        assert drain(at=at) == 1
        waiting = Message.objects.get()
        assert (waiting.state, waiting.attempts) == ("dead" if tries == 7 else "received", tries + 1)
        assert 0.8 <= (waiting.next_at - at) / timedelta(seconds=5 * 2**tries) <= 1.2
        assert drain(at=waiting.next_at - timedelta(seconds=1)) == 0
        at = waiting.next_at

    assert drain(at=at + timedelta(days=1)) == 0


def test_a_message_that_kills_its_drainer_takes_no_neighbour_with_it_and_ends_up_dead(db: None) -> None:
    class Killed(BaseException):
        """What no handler of exceptions sees: the process is gone."""

    def die_of_poison(messages: list[Message], at: datetime) -> None:
        if any(message.event_id == "poison" for message in messages):
            raise Killed
        note(messages, at)

    deliver(*[a_message(name) for name in ("a", "b", "poison", "d")])
    at, deaths = NOON, 0
    for _ in range(40):
        try:
            handle_waiting({"thing.told": die_of_poison}, limit=100, at=at)
        except Killed:
            deaths += 1
            assert Message.objects.get(event_id="poison").next_at - at <= timedelta(minutes=72)
        at += timedelta(hours=2)

    assert noted() == ["a", "b", "d"]
    poison = Message.objects.get(event_id="poison")
    assert (poison.state, poison.reason) == ("dead", "Whoever handled it came to an end before it did.")
    assert deaths == 24


def test_a_failing_database_kills_no_message(db: None) -> None:
    def without_a_column(messages: list[Message], at: datetime) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT no_such_column FROM inbox_message")

    deliver(a_message("a"))
    for hours in range(30):
        with pytest.raises(ProgrammingError):
            handle_waiting({"thing.told": without_a_column}, limit=9, at=NOON + timedelta(hours=hours))

    waiting = Message.objects.get()
    assert (waiting.state, waiting.reason) == ("received", "The database failed: ProgrammingError.")
    assert drain(at=NOON + timedelta(days=9)) == 1
    assert noted() == ["a"]


@pytest.mark.parametrize("sqlstate", ["40001", "40P01", "55P03"])
def test_two_who_cross_each_other_are_handled_again_at_once(db: None, sqlstate: str) -> None:
    """Serialisation failure, deadlock, lock timeout: nobody's fault, and soon over."""
    told: list[int] = []

    def cross_twice(messages: list[Message], at: datetime) -> None:
        told.append(len(messages))
        note(messages, at)
        if len(told) <= 2:
            fail_with(sqlstate)

    deliver(a_message("a"), a_message("b"))
    assert handle_waiting({"thing.told": cross_twice}, limit=9, at=NOON) == 2

    assert (noted(), told) == (["a", "b"], [2, 2, 2])


@pytest.mark.parametrize(("sqlstate", "tries"), [("40P01", 5), ("57014", 1)])
def test_what_does_not_pass_is_told_to_the_worker_and_waits(db: None, sqlstate: str, tries: int) -> None:
    told: list[int] = []

    def fail(messages: list[Message], at: datetime) -> None:
        told.append(len(messages))
        fail_with(sqlstate)

    deliver(a_message("a"))
    with pytest.raises(OperationalError):
        handle_waiting({"thing.told": fail}, limit=9, at=NOON)

    assert len(told) == tries
    assert (Message.objects.get().state, Message.objects.get().attempts) == ("received", 0)


def fail_with(sqlstate: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'crossed' USING ERRCODE = '{sqlstate}'; END $$")


def test_a_failure_that_quotes_what_the_database_cannot_hold_is_kept_all_the_same(db: None) -> None:
    def quote(messages: list[Message], at: datetime) -> None:
        raise ValueError("a\x00b" + "x" * 3000)

    deliver(a_message("a"))
    handle_waiting({"thing.told": quote}, limit=9, at=NOON)

    reason = Message.objects.get().reason
    assert reason.startswith("ValueError: abx")
    assert len(reason) < 2000


def test_while_somebody_handles_a_message_nobody_else_does(own_database: str) -> None:
    """It may be due again while its handler still works."""
    deliver(a_message("slow"))
    begun, finish = threading.Event(), threading.Event()

    def note_slowly(messages: list[Message], at: datetime) -> None:
        begun.set()
        assert finish.wait(10)
        note(messages, at)

    def drain_slowly() -> None:
        try:
            handle_waiting({"thing.told": note_slowly}, limit=9, at=NOON)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(drain_slowly)
        assert begun.wait(10)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        handling._handle([Message.objects.get().pk], {"thing.told": note}, at=NOON)
        deliver(a_message("quick"))
        drain(at=NOON + timedelta(hours=1))
        assert noted() == ["quick"]
        finish.set()
        slow.result()
    assert noted() == ["quick", "slow"]


def test_what_somebody_handled_meanwhile_is_left_alone(db: None) -> None:
    deliver(a_message("a"))
    claimed = handling._claim(tried=False, limit=9, at=NOON)
    drain(at=NOON + timedelta(hours=1))

    handling._handle_or_halve(claimed, {"thing.told": note}, at=NOON + timedelta(hours=1))
    handling._keep_reason(claimed[0], ValueError("too late"), at=NOON)

    assert noted() == ["a"]
    assert (Message.objects.get().state, Message.objects.get().reason) == ("handled", "")


def test_a_type_that_is_followed_from_now_on_is_taken_up_again(db: None) -> None:
    deliver(a_message("a"))
    handle_waiting({}, limit=9, at=NOON)

    assert reopen_ignored(["thing.else"], at=NOON) == 0
    assert reopen_ignored(["thing.told"], at=NOON) == 1
    assert reopen_ignored(["thing.told"], at=NOON) == 0
    assert Message.objects.get().attempts == 0
    drain()
    assert noted() == ["a"]
    assert reopen_ignored(["thing.told"], at=NOON) == 0


def test_what_its_handler_ignored_is_not_taken_up_again(db: None) -> None:
    def ignore(messages: list[Message], at: datetime) -> None:
        for message in messages:
            message.ignore("Nothing to us.")

    deliver(a_message("a"))
    handle_waiting({"thing.told": ignore}, limit=9, at=NOON)

    assert reopen_ignored(["thing.told"], at=NOON) == 0


@pytest.mark.parametrize("state", ["dead", "quarantined", "ignored"])
def test_what_was_set_aside_waits_again_when_it_is_replayed(db: None, state: str) -> None:
    deliver(a_message("poison"))
    Message.objects.update(state=state, handled_at=NOON, attempts=8)

    assert replay_message(Message.objects.get(), at=NOON)
    assert drain() == 1
    assert not replay_message(Message.objects.get(), at=NOON)


@pytest.mark.parametrize("state", ["received", "handled"])
def test_what_was_not_set_aside_is_not_replayed(db: None, state: str) -> None:
    deliver(a_message("a"))
    Message.objects.update(state=state, handled_at=NOON if state == "handled" else None)

    assert not replay_message(Message.objects.get(), at=NOON)
    assert Message.objects.get().state == state


def test_a_set_is_bounded(db: None) -> None:
    deliver(*[a_message(str(number)) for number in range(5)])

    assert drain(limit=2) == 2
    assert len(noted()) == 2


def test_those_that_wait_longest_are_first(db: None) -> None:
    for minutes, name in [(4, "c"), (2, "b"), (0, "a")]:
        deliver(a_message(name), at=NOON + timedelta(minutes=minutes))

    with connection.cursor() as cursor:  # In whatever way the database looks for them.
        cursor.execute("SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off")
    drain(limit=2, at=NOON + timedelta(hours=1))

    assert noted() == ["a", "b"]


def test_a_set_and_its_halves_are_handled_in_the_order_in_which_they_came(db: None) -> None:
    told: list[str] = []

    def note_alone(messages: list[Message], at: datetime) -> None:
        told.append("".join(message.event_id for message in messages))
        if len(messages) > 1:
            raise RuntimeError("one at a time")

    for minutes, name in [(4, "a"), (2, "b"), (0, "c")]:  # Their times are not in that order.
        deliver(a_message(name), at=NOON + timedelta(minutes=minutes))
    with connection.cursor() as cursor:  # In whatever way the database looks for them.
        for way in ("hashjoin", "mergejoin", "indexscan", "bitmapscan"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
    handle_waiting({"thing.told": note_alone}, limit=9, at=NOON + timedelta(hours=1))

    assert told == ["abc", "a", "bc", "b", "c"]


def test_what_failed_before_has_a_share_of_its_own_and_no_more(db: None) -> None:
    deliver(*[a_message(f"old {number}") for number in range(9)])
    Message.objects.update(attempts=1)
    deliver(*[a_message(f"new {number}") for number in range(30)])

    assert drain(limit=20) == 23
    assert len([name for name in noted() if name.startswith("old")]) == 3


@pytest.mark.parametrize("count", [1, 50])
def test_a_set_takes_as_many_statements_as_one(db: None, django_assert_num_queries, count: int) -> None:
    deliver(*[event_of("nobody.follows", {"id": str(n)}) for n in range(count)])

    with django_assert_num_queries(6):
        drain()
