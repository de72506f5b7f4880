"""One request of the API: authenticated, checked, done in one transaction, answered."""

import asyncio
import json
import re
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox import faults, idempotency
from sandbox.accounts import acting_account
from sandbox.authentication import Key, read_key, refuse_publishable
from sandbox.calls import PLATFORM, Call, Operation
from sandbox.contract import API_VERSION, check, refuse_unserved
from sandbox.delivery import Delivery
from sandbox.errors import StripeError, invalid
from sandbox.expansion import expand
from sandbox.forms import decode_form
from sandbox.identities import new_id
from sandbox.operations import find_route, schema_of
from sandbox.passing import pass_time
from sandbox.payment_intents import guard_publishable
from sandbox.store import Store
from sandbox.writer import Writer

SERVER_FAULT = {"error": {"message": "An unknown error occurred.", "type": "api_error"}}
LARGEST_BODY = 1_000_000
VERSION = re.compile(r"\A\d{4}-\d{2}-\d{2}(\.[a-z]+)?\Z")


@dataclass
class Asked:
    """A request as far as it could be read."""

    request: Request
    request_id: str
    sent: dict[str, Any] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    key: Key | None = None
    operation: Operation | None = None
    idempotency_key: str | None = None

    @property
    def route(self) -> str:
        """The method and address, as they were called."""
        return f"{self.request.method} {self.request.url.path}"


@dataclass(frozen=True)
class Answer:
    """A status with a JSON text; `replayed_from` is the request that got it first."""

    status: int
    body: str
    replayed_from: str | None = None


class Api:
    """The API over one store."""

    def __init__(self, writer: Writer, delivery: Delivery, script: faults.Script, *, base_url: str) -> None:
        self.writer = writer
        self.script = script
        self.delivery = delivery
        self.base_url = base_url
        self._keys_in_use: set[tuple[str, str]] = set()

    async def respond(self, request: Request) -> Response:
        """Answer one request under /v1/."""
        asked = Asked(request, new_id("req", length=14))
        try:
            answer = await self._answer(asked)
        except StripeError as refusal:
            answer = Answer(refusal.status, _text(refusal.body()))
        self.delivery.wake()
        return _response(asked, answer)

    async def _answer(self, asked: Asked) -> Answer:
        await _read(asked)
        fault = self.script.choose(method=asked.request.method, path=asked.request.url.path)
        if fault and fault.comes_before:
            await self.writer.run(self.script.keep)
            raise faults.refusal_of(fault)
        answer = await self._once_at_a_time(asked, fault)
        if fault and fault.kind == "reset_after":
            raise ConnectionResetError
        if fault and fault.kind == "malformed":
            return Answer(answer.status, answer.body[: len(answer.body) // 2], answer.replayed_from)
        return answer

    async def _once_at_a_time(self, asked: Asked, fault: faults.Fault | None) -> Answer:
        """Two calls with one idempotency key at the same time: the second is refused."""
        if asked.idempotency_key is None:
            return await self._perform(asked, fault)
        held = (asked.request.headers.get("stripe-account", PLATFORM), asked.idempotency_key)
        if held in self._keys_in_use:
            raise idempotency.in_use(asked.idempotency_key)
        self._keys_in_use.add(held)
        try:
            return await self._perform(asked, fault)
        finally:
            self._keys_in_use.discard(held)

    async def _perform(self, asked: Asked, fault: faults.Fault | None) -> Answer:
        if fault and fault.delay_ms:
            await asyncio.sleep(fault.delay_ms / 1000)
        return await self.writer.run(lambda store: self._do(store, asked, fault))

    def _do(self, store: Store, asked: Asked, fault: faults.Fault | None) -> Answer:
        """All of a call that touches the store; a refusal is an answer too."""
        self.script.keep(store)
        try:
            return self._do_or_replay(store, asked, fault)
        except StripeError as refusal:
            return Answer(refusal.status, _text(refusal.body()))

    def _do_or_replay(self, store: Store, asked: Asked, fault: faults.Fault | None) -> Answer:
        """The answer is saved with what it answers, and given again to the same key."""
        fails = fault is not None and fault.kind == "500_after"
        account = acting_account(store, asked.request.headers.get("stripe-account"))
        digest = idempotency.digest_of(asked.request.method, asked.request.url.path, asked.sent)
        if asked.idempotency_key is None:
            answer, _ = self._carry_out(store, asked, account, fault)
            return Answer(500, _text(SERVER_FAULT)) if fails else answer
        known: dict[str, Any] = {
            "account": account, "key": asked.idempotency_key, "route": asked.route, "digest": digest,
        }  # fmt: skip
        saved = idempotency.find_saved(store, **known)
        if saved is not None:
            return Answer(saved.status, saved.body, replayed_from=saved.request_id)
        answer, worth_saving = self._carry_out(store, asked, account, fault)
        if fails:
            answer = Answer(500, _text(SERVER_FAULT))
        if worth_saving:
            idempotency.save(
                store, **known, status=answer.status, body=answer.body, request_id=asked.request_id
            )
        return answer

    def _carry_out(
        self, store: Store, asked: Asked, account: str, fault: faults.Fault | None
    ) -> tuple[Answer, bool]:
        """The answer, and whether an idempotency key shall remember it; then what follows at once."""
        try:
            with store.undone_if_refused():
                return Answer(200, _text(self._handle(store, asked, account, fault))), True
        except StripeError as refusal:
            return Answer(refusal.status, _text(refusal.body())), not refusal.validation
        finally:
            pass_time(store, base_url=self.base_url)

    def _handle(self, store: Store, asked: Asked, account: str, fault: faults.Fault | None) -> dict[str, Any]:
        operation, sent = asked.operation, dict(asked.sent)
        assert operation is not None and asked.key is not None
        secret = sent.pop("client_secret", None) if asked.key.publishable else None
        if asked.key.publishable:
            sent = {name: value for name, value in sent.items() if name not in ("key", "_stripe_version")}
        parameters = check(sent, schema_of(operation, legacy=_is_older(asked.request)))
        refuse_unserved(parameters, operation.takes)
        call = Call(
            store=store,
            account=account,
            ids=asked.ids,
            parameters=parameters,
            request_id=asked.request_id,
            idempotency_key=asked.idempotency_key,
            publishable=asked.key.publishable,
            client_secret=secret,
            version=_version(asked.request),
            base_url=self.base_url,
            fault=fault.kind if fault else None,
        )
        if call.fault:
            faults.refuse_for(call.fault, asked.request.url.path)
        if call.publishable and "id" in asked.ids:
            guard_publishable(call)
        return expand(call, operation.handler(call))


async def _read(asked: Asked) -> None:
    """Everything that can be told before the store is asked.

    Raises:
        StripeError: no key, no such address, or a body that cannot be read.
    """
    request = asked.request
    body = await request.body() if request.method == "POST" else b""
    if len(body) > LARGEST_BODY:
        raise StripeError("The request body is too large.", status=413, validation=True)
    query = decode_form(request.url.query)
    asked.sent = {**query, **decode_form(body.decode("utf-8", errors="replace"))}
    asked.key = read_key(request.headers, asked.sent)
    if not VERSION.match(_version(request)):
        raise invalid(f"Invalid Stripe API version: {_version(request)}", param="Stripe-Version")
    asked.operation, asked.ids = _operation_of(request)
    if asked.key.publishable and not asked.operation.publishable:
        refuse_publishable()
    if request.method == "POST":
        asked.idempotency_key = request.headers.get("idempotency-key")
    if asked.idempotency_key is not None:
        idempotency.check_key(asked.idempotency_key)


def _operation_of(request: Request) -> tuple[Operation, dict[str, str]]:
    found = find_route(request.method, request.url.path)
    shown = f"({request.method}: {request.url.path})"
    if found is None:
        raise StripeError(f"Unrecognized request URL {shown}.", status=404, validation=True)
    route, ids = found
    if route.operation is None:
        message = f"This operation is not served by this sandbox {shown}."
        raise StripeError(message, status=404, validation=True)
    return route.operation, ids


def _version(request: Request) -> str:
    return request.headers.get("stripe-version") or API_VERSION


def _is_older(request: Request) -> bool:
    """Without a version, or with one before the contract's: what older clients send is taken too."""
    return request.headers.get("stripe-version", "") < API_VERSION


def _response(asked: Asked, answer: Answer) -> Response:
    headers = {"Request-Id": asked.request_id, "Stripe-Version": _version(asked.request)}
    if asked.idempotency_key:
        headers["Idempotency-Key"] = asked.idempotency_key
    if answer.replayed_from:
        headers |= {"Idempotent-Replayed": "true", "Original-Request": answer.replayed_from}
    if answer.status in (409, 429):
        headers["Stripe-Should-Retry"] = "true" if answer.status == 409 else "false"
    elif answer.status >= 400:
        headers["Stripe-Should-Retry"] = "true" if answer.status >= 500 else "false"
    if asked.key and asked.key.publishable:
        headers |= {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Request-Id"}
    return Response(answer.body, answer.status, headers, media_type="application/json")


def _text(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)
