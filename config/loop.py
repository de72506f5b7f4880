"""Answering on the event loop, without Django's middleware: a webhook has no session and no cookie."""

import io
from collections.abc import Awaitable, Callable
from typing import Any

from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from payments.webhooks import MOST_BYTES

View = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


async def answer_lifespan(receive: Any, send: Any) -> None:
    while (await receive())["type"] != "lifespan.shutdown":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})


async def answer_webhook(view: View, scope: Any, receive: Any, send: Any) -> None:
    """Read the body, up to the limit, and give the view the request it would have had from Django."""
    body = await _read_body(receive)
    if body is None:
        return
    request = ASGIRequest(scope, io.BytesIO(body))
    try:
        request.get_host()
        response = await view(request)
    except DisallowedHost:
        response = HttpResponse(status=400)
    assert isinstance(response, HttpResponse)
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", **response.headers}
    headers["Content-Length"] = str(len(response.content))
    lines = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": response.status_code, "headers": lines})
    await send({"type": "http.response.body", "body": response.content})


async def _read_body(receive: Any) -> bytes | None:
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
