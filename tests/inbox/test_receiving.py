"""What arrives is kept once and committed, together with what arrives beside it, and somebody is woken."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from asgiref.sync import async_to_sync
from django.db import DataError, OperationalError, connection, connections, transaction

from inbox.models import Message
from inbox.receiving import CHANNEL, MessageDraft, NotAnEvent, Receiver, draft_message, receive_messages
from tests.cast import NOON, event_of
from tests.databases import url_of, wait_for_somebody_who_waits


def draft(name: str) -> MessageDraft:
    event = event_of("thing.told", {"id": name, "object": "thing"}, event_id=name)
    return draft_message(endpoint="platform", event=event, body=b"{}", at=NOON)


def receive_at_once(drafts: list[MessageDraft]) -> tuple[list[BaseException | None], int]:
    """What each sender hears, and how many statements stored them all."""
    stored: list[str] = []

    def count(execute: Callable[..., Any], sql: str, *given: Any) -> Any:
        stored.extend(["insert"] if "INSERT INTO inbox_message" in sql else [])
        return execute(sql, *given)

    async def receive() -> list[BaseException | None]:
        receiver = Receiver()
        return await asyncio.gather(*[receiver.receive(d) for d in drafts], return_exceptions=True)

    with connection.execute_wrapper(count):
        heard = async_to_sync(receive)()
    return heard, len(stored)


def kept() -> list[str]:
    return sorted(Message.objects.values_list("event_id", flat=True))


def test_what_arrives_together_is_stored_together(db: None) -> None:
    heard, statements = receive_at_once([draft(f"{n:02}") for n in range(40)])

    assert heard == [None] * 40
    assert (len(kept()), statements) == (40, 1)


def test_one_that_cannot_be_stored_takes_nobody_with_it(own_database: str) -> None:
    heard, _ = receive_at_once([draft("a"), replace(draft("b"), endpoint="x" * 30), draft("c")])

    assert [type(failure) for failure in heard] == [type(None), DataError, type(None)]
    assert kept() == ["a", "c"]


def test_while_the_database_is_busy_nobody_is_told_it_was_stored_and_it_is_asked_once(
    own_database: str,
) -> None:
    with psycopg.connect(url_of(own_database)) as other:
        other.execute(f"ALTER DATABASE {own_database} SET lock_timeout = '200ms'")
        other.commit()
        connections.close_all()
        other.execute("LOCK TABLE inbox_message")
        heard, statements = receive_at_once([draft("a"), draft("b")])

    assert [isinstance(failure, OperationalError) for failure in heard] == [True, True]
    assert statements == 1
    assert receive_at_once([draft("a"), draft("b")])[0] == [None, None]


def test_what_is_new_wakes_whoever_listens_and_what_is_known_does_not(own_database: str) -> None:
    with psycopg.connect(url_of(own_database), autocommit=True) as listening:
        listening.execute(f"LISTEN {CHANNEL}")
        assert receive_messages([draft("a")]) == 1
        assert len(list(listening.notifies(timeout=5, stop_after=1))) == 1

        assert receive_messages([draft("a")]) == 0
        assert list(listening.notifies(timeout=0.3)) == []


def test_sets_in_opposite_orders_do_not_stop_one_another(own_database: str) -> None:
    """Somebody who has the first and wants the second meets somebody who was given the second first."""

    def receive_both() -> int:
        try:
            return receive_messages([draft("b"), draft("a")])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            assert receive_messages([draft("a")]) == 1
            other = threads.submit(receive_both)
            wait_for_somebody_who_waits(own_database)
            assert receive_messages([draft("b")]) == 1
        assert other.result() == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"id": None},
        {"id": ""},
        {"id": "x" * 256},
        {"id": "a\x00b"},
        {"id": "\ud800"},
        {"type": 7},
        {"type": ""},
        {"type": "x" * 101},
        {"livemode": None},
        {"livemode": 0},
    ],
)
def test_what_has_no_id_no_type_or_no_world_is_no_event(changed: dict[str, object]) -> None:
    event = event_of("thing.told", {"id": "a", "object": "thing"}) | changed

    with pytest.raises(NotAnEvent):
        draft_message(endpoint="platform", event=event, body=b"{}", at=NOON)
