"""Keeping what arrives: stored once and committed, then it may be acknowledged."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asgiref.sync import sync_to_async
from django.db import Error, InterfaceError, OperationalError, close_old_connections, connection

from faults.crashpoints import crashpoint

CHANNEL = "inbox"


class NotAnEvent(ValueError):
    """The body is signed, and is no event all the same."""


@dataclass(frozen=True)
class MessageDraft:
    """A genuine message, as it came."""

    endpoint: str
    event_id: str
    type: str
    object_id: str
    account: str
    livemode: bool
    api_version: str
    body: bytes
    received_at: datetime


def draft_message(*, endpoint: str, event: dict[str, Any], body: bytes, at: datetime) -> MessageDraft:
    """What is kept of an event, beside its verbatim body.

    Raises:
        NotAnEvent: without a text id, a text type and a livemode.
    """
    event_id, kind, livemode = event.get("id"), event.get("type"), event.get("livemode")
    if not (isinstance(event_id, str) and isinstance(kind, str) and isinstance(livemode, bool)):
        raise NotAnEvent("An event has an id, a type and a livemode.")
    if not (event_id == _short_text(event_id, most=255) and kind == _short_text(kind, most=100)):
        raise NotAnEvent("An event's id and type are short texts.")
    if not (event_id and kind):
        raise NotAnEvent("An event has an id, a type and a livemode.")
    data = event.get("data")
    subject = data.get("object") if isinstance(data, dict) else None
    return MessageDraft(
        endpoint=endpoint,
        event_id=event_id,
        type=kind,
        object_id=_short_text(subject.get("id") if isinstance(subject, dict) else None, most=255),
        account=_short_text(event.get("account"), most=255),
        livemode=livemode,
        api_version=_short_text(event.get("api_version"), most=60),
        body=body,
        received_at=at,
    )


def _short_text(value: object, *, most: int) -> str:
    """The text, or nothing where the sender put something else: the body keeps what it was."""
    if not isinstance(value, str):
        return ""
    return value[:most].replace("\x00", "").encode(errors="ignore").decode()


def receive_messages(drafts: list[MessageDraft]) -> int:
    """Keep the messages, each once, and wake whoever drains; answers how many were new.

    One statement stores them, and commits unless the caller has a transaction open. One more wakes the
    drainer, after the commit and without a disk write. Their fixed order keeps two that store the same
    messages from waiting for each other in a circle. What a fast clock received is due at once.
    """
    drafts = sorted(drafts, key=lambda draft: (draft.endpoint, draft.event_id))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO inbox_message (endpoint, event_id, type, object_id, account, livemode, api_version,
                                       body, received_at, next_at, state, attempts, reason)
            SELECT *, least(received_at, clock_timestamp()), 'received', 0, '' FROM unnest(
                %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bool[], %s::text[],
                %s::bytea[], %s::timestamptz[]
            ) AS message (endpoint, event_id, type, object_id, account, livemode, api_version, body,
                          received_at)
            ON CONFLICT (endpoint, event_id) DO NOTHING
            """,
            [
                [draft.endpoint for draft in drafts],
                [draft.event_id for draft in drafts],
                [draft.type for draft in drafts],
                [draft.object_id for draft in drafts],
                [draft.account for draft in drafts],
                [draft.livemode for draft in drafts],
                [draft.api_version for draft in drafts],
                [draft.body for draft in drafts],
                [draft.received_at for draft in drafts],
            ],
        )
        kept = cursor.rowcount
        crashpoint("W2.inserted")
        if kept:
            cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
    return kept


# The database is away or busy: trying each message by itself would help none of them.
NOBODYS_FAULT = (OperationalError, InterfaceError)
Waiting = tuple[MessageDraft, "asyncio.Future[None]"]


class Receiver:
    """Gathers the messages that arrive while the last ones are being stored, and stores them together.

    Under load one commit serves many requests; alone, a message waits for nothing. One for each event loop.
    """

    def __init__(self) -> None:
        self._waiting: list[Waiting] = []
        self._storing: asyncio.Task[None] | None = None

    async def receive(self, draft: MessageDraft) -> None:
        """Return when the message is stored and committed.

        Raises:
            DatabaseError: it is not stored; the sender must hear of it.
        """
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((draft, stored))
        if self._storing is None or self._storing.done():
            self._storing = asyncio.create_task(self._store_waiting())
        await stored

    async def _store_waiting(self) -> None:
        while self._waiting:
            together, self._waiting = self._waiting, []
            failure = await _try_to_store(together)
            if failure is None or isinstance(failure, NOBODYS_FAULT):
                _tell(together, failure)
                continue
            for alone in together:  # One that cannot be stored takes nobody with it.
                _tell([alone], await _try_to_store([alone]))


async def _try_to_store(together: list[Waiting]) -> BaseException | None:
    """Store them in one commit, on the one thread that does so; the failure, if there was one."""
    drafts = [draft for draft, _ in together]
    try:
        await sync_to_async(_store)(drafts)
    except (Error, ValueError) as failure:
        return failure
    return None


def _tell(together: list[Waiting], failure: BaseException | None) -> None:
    for _, stored in together:
        if stored.cancelled():
            continue
        if failure is None:
            stored.set_result(None)
        else:
            stored.set_exception(failure)


def _store(drafts: list[MessageDraft]) -> None:
    """Store on this thread's connection; one that broke is thrown away, and the next try gets a new one."""
    if not connection.in_atomic_block:
        close_old_connections()
    receive_messages(drafts)
