"""The server: which address is answered by whom, and what runs beside it."""

import asyncio
import contextlib
import json
import signal
import socket
import struct
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sandbox.api import SERVER_FAULT, Api
from sandbox.challenges import Challenges
from sandbox.controls import ControlRoom
from sandbox.delivery import Delivery
from sandbox.delivery_controls import SETTING, Controls
from sandbox.faults import Script
from sandbox.onboarding import Onboarding
from sandbox.operations import SERVED
from sandbox.passing import pass_time
from sandbox.store import Store
from sandbox.writer import Writer

STRIPE_JS = Path(__file__).with_name("stripejs")
PUBLISHABLE_PATHS = {operation.path.split("/{")[0] for operation in SERVED if operation.publishable}
TICK_SECONDS = 0.5
TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml"}
PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": (
        "authorization, content-type, idempotency-key, stripe-account, stripe-version"
    ),
    "Access-Control-Max-Age": "300",
}


class Protocol(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, with a way to break the connection off."""

    def on_message_begin(self) -> None:
        """Hand the connection to the application, which may have to reset it."""
        super().on_message_begin()
        self.scope["transport"] = self.transport  # type: ignore[typeddict-unknown-key]


def make_app(path: Path, *, base_url: str) -> Starlette:
    """The application over the store at that path."""
    store = Store(path)
    writer, controls = Writer(store), Controls()
    controls.take_over(store.setting(SETTING, {}))
    delivery, script = Delivery(writer, controls), Script(store)
    api = Api(writer, delivery, script, base_url=base_url)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        carrying = asyncio.create_task(delivery.run())
        ticking = asyncio.create_task(tick(writer, delivery, base_url))
        for lasting in (carrying, ticking):
            lasting.add_done_callback(stop_if_broken)
        yield
        carrying.cancel()
        ticking.cancel()
        await asyncio.gather(carrying, ticking, return_exceptions=True)
        await delivery.close()
        await writer.close()

    routes = [
        *ControlRoom(writer, delivery, script, base_url=base_url).routes(),
        *Challenges(writer, delivery).routes(),
        *Onboarding(writer, delivery).routes(),
        Route("/v1/{path:path}", preflight, methods=["OPTIONS"]),
        Route("/v1/{path:path}", api.respond, methods=["GET", "POST", "DELETE", "PUT", "PATCH"]),
        Route("/v3/{name:path}", stripe_js, methods=["GET"]),
    ]
    handlers = {ConnectionResetError: reset, 404: not_found, 500: server_fault}
    return Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers)


async def tick(writer: Writer, delivery: Delivery, base_url: str) -> None:
    """Let time pass for as long as the server lives, also while nobody asks for anything."""
    while True:
        if await writer.run(lambda store: pass_time(store, base_url=base_url)):
            delivery.wake()
        await asyncio.sleep(TICK_SECONDS)


def stop_if_broken(lasting: "asyncio.Task[None]") -> None:
    """A sandbox that cannot deliver any more, or lets no time pass, must not look as if it could."""
    broken = None if lasting.cancelled() else lasting.exception()
    if broken is not None:
        print(f"The sandbox stops, because it cannot go on: {broken!r}", file=sys.stderr)
        signal.raise_signal(signal.SIGTERM)


async def preflight(request: Request) -> Response:
    """A browser asks whether a page of another origin may call; only where a publishable key may."""
    path = request.url.path
    allowed = any(path == known or path.startswith(f"{known}/") for known in PUBLISHABLE_PATHS)
    return Response(status_code=204, headers=PREFLIGHT if allowed else {})


async def stripe_js(request: Request) -> Response:
    """The stand-in for Stripe.js and the frames it opens."""
    name = request.path_params["name"] or "stripe.js"
    file = (STRIPE_JS / name).resolve()
    if not file.is_relative_to(STRIPE_JS) or not file.is_file():
        return PlainTextResponse("No such file.", 404)
    return FileResponse(file, media_type=TYPES.get(file.suffix), headers={"Cache-Control": "no-cache"})


async def reset(request: Request, error: Exception) -> Response:
    """Break the connection off with a TCP reset; no byte of an answer leaves."""
    transport = request.scope["transport"]
    linger_not = struct.pack("ii", 1, 0)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_not)
    transport.abort()
    return Response(status_code=500)


async def not_found(request: Request, error: Exception) -> Response:
    """An address that Stripe does not have."""
    message = f"Unrecognized request URL ({request.method}: {request.url.path})."
    return JSONResponse({"error": {"message": message, "type": "invalid_request_error"}}, 404)


async def server_fault(request: Request, error: Exception) -> Response:
    """A mistake of the sandbox itself. Nothing of the call was kept."""
    return Response(json.dumps(SERVER_FAULT), 500, media_type="application/json")
