"""The live stream: that something changed for the reader, by ids alone; pages fetch themselves anew.

The database tells of new lines of the diary when they are committed. One listener in this process asks whom
they concern, and wakes those. What happened while nobody listened is looked up when a page comes back, so
that nothing depends on a message that was not heard.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.db import Error as DatabaseFailure
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone

from dashboards.live_readers import (
    Line,
    Reader,
    TooManyAsk,
    changed_since,
    lines_between,
    of_listener,
    of_readers,
    readers_of,
)

logger = logging.getLogger("klubba.live")

LISTEN = "LISTEN diary"
BEAT_SECONDS = 5
AGAIN_AFTER_SECONDS = 1
MOST_STREAMS = 3
MOST_IDS = 20
# Together with what is told once, in one statement.
GATHER_SECONDS = 0.02
# Longer than any transaction may take, and than two clocks may differ by.
LATE = timedelta(minutes=2)
FIRST_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)
EVERYTHING = "*"


@dataclass(eq=False)
class Stream:
    """One open page of a reader's: what it has not been told yet, and why it shall end."""

    reader: Reader
    ids: set[str] = field(default_factory=set)
    ends_with: str = ""
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, ids: Iterable[str]) -> None:
        """What cannot be written yet is gathered, and is not more than a few names."""
        self.ids.update(ids)
        if len(self.ids) > MOST_IDS:
            self.ids = {EVERYTHING}
        if self.ids:
            self.woken.set()

    def end(self, why: str) -> None:
        self.ends_with = why
        self.woken.set()


class Hub:
    """The open streams of this process, and the one listener that wakes them."""

    def __init__(self) -> None:
        self.streams: list[Stream] = []
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self.is_closed = False
        self.hears = False

    def open(self, reader: Reader) -> Stream:
        """A new stream. Of more than three of one reader's the oldest ends."""
        stream = Stream(reader)
        others = [one for one in self.streams if one.reader.id == reader.id]
        for oldest in others[: max(0, len(others) - MOST_STREAMS + 1)]:
            oldest.end("full")
            self.streams.remove(oldest)
        self.streams.append(stream)
        self.tend()
        return stream

    def tend(self) -> None:
        """Let listener and watch live while anybody hears: each stream sees to it at each beat."""
        for name, begin in (("listen", self._listen), ("watch", self._watch)):
            task = self._tasks.get(name)
            if not self.is_closed and (task is None or task.done()):
                self._tasks[name] = asyncio.create_task(begin())

    def forget(self, stream: Stream) -> None:
        if stream in self.streams:
            self.streams.remove(stream)

    def close(self) -> None:
        """This server ends: every page goes to the next one."""
        self.is_closed = True
        for stream in self.streams:
            stream.end("moved")
        for task in self._tasks.values():
            task.cancel()

    def tell(self, lines: list[Line] | None) -> None:
        """Wake whom the lines concern; None is more than can be told apart."""
        for stream in self.streams:
            if lines is None:
                stream.tell([EVERYTHING])
            else:
                stream.tell(line.subject for line in lines if line.concerns(stream.reader))

    async def _listen(self) -> None:
        """While the database cannot be heard, everything may have changed."""
        while True:
            try:
                async with await _connect() as listening:
                    await listening.execute(LISTEN)
                    self.tell(None)
                    self.hears = True
                    while True:
                        if spans := await _heard(listening):
                            self.tell(await of_listener.ask(lines_between, spans))
            except (psycopg.Error, DatabaseFailure, OSError) as lost:
                logger.warning("not listening: %s", type(lost).__name__)
            finally:
                self.hears = False
            await asyncio.sleep(AGAIN_AFTER_SECONDS)

    async def _watch(self) -> None:
        """Whoever is signed out, or is somebody else by now, hears no more."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            asked = list(self.streams)
            try:
                readers = await of_listener.ask(readers_of, {one.reader.session for one in asked})
            except DatabaseFailure as failure:
                logger.warning("sessions not looked at: %s", type(failure).__name__)
                continue
            for stream in asked:
                if readers.get(stream.reader.session) != stream.reader:
                    stream.end("signed_out")
                    self.forget(stream)


hub = Hub()


async def live(request: HttpRequest) -> HttpResponseBase:
    """The event stream of the reader's session: `changed` with up to twenty ids, else `beat`.

    It begins with `changed` if anything did since `Last-Event-ID` or `since`, the moment (ISO 8601) up to
    which the page knows everything. It ends with `full`, `signed_out` or `moved`. Only on the event loop:
    elsewhere 501.
    """
    if request.method != "GET":
        return HttpResponse(status=405, headers={"Allow": "GET"})
    if not isinstance(request, ASGIRequest):
        return HttpResponse(status=501)
    if not _is_of_our_own_page(request):
        return HttpResponse(status=403)
    session = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    try:
        reader = (await of_readers.ask(readers_of, {session})).get(session)
    except (DatabaseFailure, TooManyAsk):
        return HttpResponse(status=503, headers={"Retry-After": "1"})
    if reader is None:
        return HttpResponse(status=401)
    since = _moment(request.headers.get("Last-Event-ID") or request.GET.get("since", ""))
    return StreamingHttpResponse(
        _words(reader, since),
        content_type="text/event-stream; charset=utf-8",
        headers={"X-Accel-Buffering": "no"},
    )


def _is_of_our_own_page(request: HttpRequest) -> bool:
    """What another site's page asks with our reader's cookie is refused."""
    origin = request.headers.get("Origin")
    ours = origin is None or origin == f"{request.scheme}://{request.get_host()}"
    return ours and request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none")


def _moment(told: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(told)
    except ValueError:
        return None
    return moment if moment.tzinfo and moment > FIRST_MOMENT else None


async def _words(reader: Reader, since: datetime | None) -> AsyncIterator[str]:
    """What is written to one page, until it leaves or the stream ends."""
    stream = hub.open(reader)
    try:
        yield f"retry: {AGAIN_AFTER_SECONDS * 1000}\n\n"
        if since is None or await _may_have_changed(reader, since):
            stream.tell([EVERYTHING])
        while not hub.is_closed:
            try:
                async with asyncio.timeout(BEAT_SECONDS):
                    await stream.woken.wait()
            except TimeoutError:
                hub.tend()
                yield _event("beat", "", knows_everything=hub.hears)
                continue
            stream.woken.clear()
            if stream.ids:
                ids, stream.ids = sorted(stream.ids), set()
                yield _event("changed", json.dumps(ids))
            if stream.ends_with:
                break
        yield _event(stream.ends_with or "moved", "")
    finally:
        hub.forget(stream)


async def _may_have_changed(reader: Reader, since: datetime) -> bool:
    try:
        return await of_readers.ask(changed_since, reader, since - LATE)
    except (DatabaseFailure, TooManyAsk):
        return True


def _event(kind: str, data: str, *, knows_everything: bool = True) -> str:
    """Its id is the moment up to which the page knows everything, or will when it has fetched itself."""
    known = f"id: {timezone.now().isoformat()}\n" if knows_everything else ""
    return f"{known}event: {kind}\ndata: {data}\n\n"


async def _connect() -> psycopg.AsyncConnection[Any]:
    url = settings.ENVIRONMENT.database_listen_url or settings.DATABASE_URL
    return await psycopg.AsyncConnection.connect(
        url, autocommit=True, connect_timeout=5, application_name="klubba-live"
    )


async def _heard(listening: psycopg.AsyncConnection[Any]) -> list[tuple[int, int]]:
    """From and to of the next notification, and of all that come within a moment; none in a while of silence.

    Raises:
        OSError: it was silent, and does not answer either: whoever was there is gone.
    """
    spans = []
    async for told in listening.notifies(timeout=BEAT_SECONDS, stop_after=1):
        spans.append(_span(told.payload))
    if not spans:
        async with asyncio.timeout(BEAT_SECONDS):
            await listening.execute("SELECT 1")
        return []
    async for told in listening.notifies(timeout=GATHER_SECONDS):
        spans.append(_span(told.payload))
    return spans


def _span(payload: str) -> tuple[int, int]:
    first, _, last = payload.partition("-")
    return int(first), int(last)
