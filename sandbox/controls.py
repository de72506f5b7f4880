"""The addresses under /sandbox/: how a demo or a test sets the scene and reads the record."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from sandbox import clock, faults, idempotency, journal
from sandbox.control_bodies import check_fields, is_flag, is_list_of_text, is_text, is_whole
from sandbox.delivery import Delivery
from sandbox.endpoints import CONFIGURED
from sandbox.errors import StripeError, invalid
from sandbox.passing import pass_time
from sandbox.store import Store
from sandbox.writer import Writer

Endpoint = Callable[[Request], Awaitable[Response]]


class ControlRoom:
    """The controls over one store and its deliveries."""

    def __init__(self, writer: Writer, delivery: Delivery, script: faults.Script, *, base_url: str) -> None:
        self.base_url = base_url
        self.writer = writer
        self.script = script
        self.delivery = delivery

    def routes(self) -> list[Route]:
        """Every control's address."""
        answered = [
            ("/sandbox/webhook-endpoints", "PUT", self.put_webhook_endpoints),
            ("/sandbox/faults", "PUT", self.put_faults),
            ("/sandbox/faults", "GET", self.get_faults),
            ("/sandbox/faults", "DELETE", self.delete_faults),
            ("/sandbox/delivery", "PUT", self.put_delivery),
            ("/sandbox/delivery", "DELETE", self.delete_delivery),
            ("/sandbox/delivery/release", "POST", self.release),
            ("/sandbox/clock", "POST", self.move_clock),
            ("/sandbox/prune-keys", "POST", self.prune_keys),
        ]
        return [
            Route("/sandbox/health", self.health, methods=["GET"]),
            Route("/sandbox/journal", self.read_journal, methods=["GET"]),
            *(Route(path, _json(act), methods=[method]) for path, method, act in answered),
        ]

    async def health(self, request: Request) -> Response:
        """200 when the store answers."""
        await self.writer.run(lambda store: store.execute("SELECT 1").fetchone())
        return PlainTextResponse("ok")

    async def read_journal(self, request: Request) -> Response:
        """The record of money, a JSON object on each line."""
        lines = await self.writer.run(journal.all_lines)
        return Response(lines, media_type="application/x-ndjson")

    async def put_webhook_endpoints(self, sent: Any) -> Any:
        """Replace the addresses events go to, beside the API's own endpoints."""
        if not isinstance(sent, list):
            raise invalid("A list of endpoints is needed.")
        endpoints = [_checked_endpoint(one) for one in sent]
        await self.writer.run(lambda store: store.set_setting(CONFIGURED, endpoints))
        return [{name: value for name, value in one.items() if name != "secret"} for one in endpoints]

    async def put_faults(self, sent: Any) -> Any:
        """Replace the fault rules."""
        return await self.writer.run(lambda store: self.script.put(store, sent))

    async def get_faults(self, sent: Any) -> Any:
        """The fault rules with how often each fired."""
        return self.script.told()

    async def delete_faults(self, sent: Any) -> Any:
        """No faults from here on."""
        return await self.put_faults({})

    async def put_delivery(self, sent: Any) -> Any:
        """Replace the delivery controls."""
        kept = await self.writer.run(lambda store: self.delivery.controls.put(store, sent))
        self.delivery.wake()
        return kept

    async def delete_delivery(self, sent: Any) -> Any:
        """Ordinary delivery again; what was held goes out."""
        return await self.put_delivery({})

    async def release(self, sent: Any) -> Any:
        """Let go of what is held now; what comes later is held still."""
        released = await self.writer.run(_release_held)
        self.delivery.wake()
        return {"released": released}

    async def move_clock(self, sent: Any) -> Any:
        """Move the sandbox's clock forward; what time does meanwhile is done when this is answered."""
        if not isinstance(sent, dict) or len(sent) != 1:
            raise invalid("Give advance_seconds or now, in whole seconds.")
        check_fields(sent, {"advance_seconds": _is_integer, "now": _is_integer}, noun="the clock's step")
        step, to = sent.get("advance_seconds"), sent.get("now")
        moved = await self.writer.run(lambda store: self._move(store, step, to))
        self.delivery.wake()
        return {"now": moved}

    def _move(self, store: Store, step: int | None, to: int | None) -> int:
        reached = clock.move(store, advance_seconds=step, to=to)
        pass_time(store, base_url=self.base_url)
        return reached

    async def prune_keys(self, sent: Any) -> Any:
        """Forget idempotency keys, all of them when no age is given."""
        check_fields(sent, {"older_than_seconds": is_whole}, noun="the age of keys")
        age_seconds = sent.get("older_than_seconds", 0)
        pruned = await self.writer.run(lambda store: idempotency.prune(store, older_than_seconds=age_seconds))
        return {"pruned": pruned}


def _release_held(store: Store) -> int:
    return store.execute(
        "UPDATE deliveries SET released = 1 WHERE state = 'waiting' AND released = 0"
    ).rowcount


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


ENDPOINT_FIELDS = {"url": is_text, "secret": is_text, "connect": is_flag, "enabled_events": is_list_of_text}


def _checked_endpoint(sent: Any) -> dict[str, Any]:
    sent = check_fields(sent, ENDPOINT_FIELDS, noun="an endpoint")
    if "url" not in sent or "secret" not in sent:
        raise invalid("An endpoint needs url and secret.")
    return {
        "url": sent["url"],
        "secret": sent["secret"],
        "connect": sent.get("connect", False),
        "enabled_events": sent.get("enabled_events", ["*"]),
    }


def _json(act: Callable[[Any], Awaitable[Any]]) -> Endpoint:
    """An address that reads JSON, if any, and answers JSON."""

    async def endpoint(request: Request) -> Response:
        body = await request.body()
        try:
            return JSONResponse(await act(json.loads(body) if body else {}))
        except StripeError as refusal:
            return JSONResponse(refusal.body(), refusal.status)
        except json.JSONDecodeError:
            return JSONResponse(invalid("The body is not JSON.").body(), 400)

    return endpoint
