"""Messages get their effect once, failures wait with their reason, and a poisonous one stands alone."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta

import pytest
from django.db import ProgrammingError, connection, transaction

from events.models import Event
from events.recording import record_event
from inbox.handling import MOST_ATTEMPTS, handle_waiting, reopen_ignored, replay_message
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
    at, waits = NOON, []
    for _ in range(MOST_ATTEMPTS):
        assert drain(at=at) == 1
        waiting = Message.objects.get()
        waits.append(waiting.next_at - at)
        assert drain(at=waiting.next_at - timedelta(seconds=1)) == 0
        at = waiting.next_at

    assert Message.objects.get().state == "dead"
    assert drain(at=at + timedelta(days=1)) == 0
    assert waits == sorted(waits)
    assert timedelta(seconds=4) <= waits[0] <= timedelta(seconds=6)


def test_a_message_that_kills_its_drainer_takes_no_neighbour_with_it_and_ends_up_dead(db: None) -> None:
    class Killed(BaseException):
        """What no handler of exceptions sees: the process is gone."""

    def die_of_poison(messages: list[Message], at: datetime) -> None:
        if any(message.event_id == "poison" for message in messages):
            raise Killed
        note(messages, at)

    deliver(*[a_message(name) for name in ("a", "b", "poison", "d")])
    at = NOON
    for _ in range(40):
        with contextlib.suppress(Killed):
            handle_waiting({"thing.told": die_of_poison}, limit=100, at=at)
        at += timedelta(hours=2)

    assert noted() == ["a", "b", "d"]
    poison = Message.objects.get(event_id="poison")
    assert (poison.state, poison.reason) == ("dead", "Whoever handled it came to an end before it did.")


def test_a_failing_database_kills_no_message(db: None) -> None:
    def without_a_column(messages: list[Message], at: datetime) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT no_such_column FROM inbox_message")

    deliver(a_message("a"))
    for hours in range(30):
        with contextlib.suppress(ProgrammingError):
            handle_waiting({"thing.told": without_a_column}, limit=9, at=NOON + timedelta(hours=hours))

    waiting = Message.objects.get()
    assert (waiting.state, waiting.reason) == ("received", "The database failed: ProgrammingError.")
    assert drain(at=NOON + timedelta(days=9)) == 1
    assert noted() == ["a"]


def test_a_type_that_is_followed_from_now_on_is_taken_up_again(db: None) -> None:
    deliver(a_message("a"))
    handle_waiting({}, limit=9, at=NOON)

    assert reopen_ignored(["thing.told"], at=NOON) == 1
    drain()
    assert noted() == ["a"]


def test_what_was_set_aside_waits_again_when_it_is_replayed(db: None) -> None:
    deliver(a_message("poison"))
    Message.objects.update(state="dead", handled_at=NOON, attempts=8)

    assert replay_message(Message.objects.get(), at=NOON)
    assert drain() == 1
    assert not replay_message(Message.objects.get(), at=NOON)


def test_a_set_is_bounded(db: None) -> None:
    deliver(*[a_message(str(number)) for number in range(5)])

    assert drain(limit=2) == 2
    assert len(noted()) == 2


@pytest.mark.parametrize("count", [1, 50])
def test_a_set_takes_as_many_statements_as_one(db: None, django_assert_num_queries, count: int) -> None:
    deliver(*[event_of("nobody.follows", {"id": str(n)}) for n in range(count)])

    with django_assert_num_queries(6):
        drain()
