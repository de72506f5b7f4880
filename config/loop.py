"""Answering on the event loop, without Django's middleware: a webhook has no session and no cookie."""

import asyncio
import io
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from api.problems import Problem
from config.health import answer_of, is_ready_now
from payments.webhooks import MOST_BYTES

BODY_SECONDS = 10
# Whoever has not read for so long has gone, or takes up room that others need.
STALLED_SECONDS = 5
READY_SECONDS = 2
# One thread and one connection, however many ask while the database is silent.
looking = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ready")
View = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


async def answer_lifespan(receive: Any, send: Any) -> None:
    while (await receive())["type"] != "lifespan.shutdown":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})


async def answer_alive(send: Any) -> None:
    """The loop moves; the threads may all be busy."""
    await _send(HttpResponse("alive", content_type="text/plain"), send)


async def answer_ready(send: Any) -> None:
    """Within two seconds, however busy the threads are and however silent the database is."""
    try:
        async with asyncio.timeout(READY_SECONDS):
            ready = await asyncio.get_running_loop().run_in_executor(looking, is_ready_now)
    except TimeoutError:
        ready = False
    await _send(answer_of(ready), send)


async def answer_webhook(view: View, scope: Any, receive: Any, send: Any) -> None:
    """Give the view the request it would have had from Django."""
    body = await _read_body(scope, receive, send)
    if body is None:
        return
    request = ASGIRequest(scope, io.BytesIO(body))
    try:
        request.get_host()
        response = await view(request)
    except DisallowedHost:
        response = _refusal(scope, "bad_request", "The request cannot be read.")
    assert isinstance(response, HttpResponse)
    await _send(response, send)


async def answer_stream(view: View, scope: Any, receive: Any, send: Any) -> None:
    """Write what the view tells, piece by piece, until it ends or the reader leaves."""
    if await _read_body(scope, receive, send) is None:
        return
    try:
        request = ASGIRequest(scope, io.BytesIO())
        request.get_host()
        response = await view(request)
    except DisallowedHost:
        response = _refusal(scope, "bad_request", "The request cannot be read.")
    if not isinstance(response, StreamingHttpResponse):
        assert isinstance(response, HttpResponse)
        await _send(response, send)
        return
    writing = asyncio.create_task(_write(response, send))
    leaving = asyncio.create_task(_left(receive))
    try:
        await asyncio.wait([writing, leaving], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (writing, leaving):
            task.cancel()
        await asyncio.gather(writing, leaving, return_exceptions=True)


async def _write(response: StreamingHttpResponse, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": _lines_of(response)})
    async for piece in response:
        async with asyncio.timeout(STALLED_SECONDS):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _left(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def answer_in_threads(app: Any, scope: Any, receive: Any, send: Any) -> None:
    """Hand a request over when it is whole: a thread must not wait for a sender who takes his time."""
    body = await _read_body(scope, receive, send)
    if body is None:
        return
    if len(body) > MOST_BYTES:
        await _send(_refusal(scope, "body_too_large", "Send less."), send)
        return
    whole = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive_whole() -> Any:
        return next(whole, None) or await receive()

    try:
        await app(scope, receive_whole, send)
    except asyncio.CancelledError:  # The process ends; what the thread has begun, the next one finds.
        ended = _refusal(scope, "stripe_away", "It takes long, and this server ends. Send it again.")
        ended.headers["Retry-After"] = "1"
        await _send(ended, send)


async def _read_body(scope: Any, receive: Any, send: Any) -> bytes | None:
    """The body; None if the sender left, or was told that it takes too long."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _gather_body(receive)
    except TimeoutError:
        slow = _refusal(scope, "too_slow", "The request did not come to its end.")
        slow.headers["Connection"] = "close"
        await _send(slow, send)
        return None


async def _gather_body(receive: Any) -> bytes | None:
    """The body, cut just over the limit: a large one is refused and never held. None: the sender left."""
    parts: list[bytes] = []
    length = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        if length <= MOST_BYTES:
            parts.append(part)
            length += len(part)
        if not message.get("more_body"):
            return b"".join(parts)[: MOST_BYTES + 1]


def _refusal(scope: Any, code: str, detail: str) -> HttpResponse:
    """A problem under /api/; elsewhere no more than its status."""
    told = Problem(code, detail)
    return told.response() if scope["path"].startswith("/api/") else HttpResponse(status=told.status)


async def _send(response: HttpResponse, send: Any) -> None:
    response.headers["Content-Length"] = str(len(response.content))
    lines = _lines_of(response)
    await send({"type": "http.response.start", "status": response.status_code, "headers": lines})
    await send({"type": "http.response.body", "body": response.content})


def _lines_of(response: HttpResponseBase) -> list[tuple[bytes, bytes]]:
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", **response.headers}
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
