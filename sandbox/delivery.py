"""Webhooks on their way: signed afresh at every attempt, tried again until they are taken."""

import asyncio
import hashlib
import hmac
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import urllib3

from sandbox.delivery_controls import Controls, Fate
from sandbox.endpoints import all_endpoints
from sandbox.events import with_pending
from sandbox.store import Store
from sandbox.writer import Writer

WAITS_SECONDS = (0.5, 1, 2, 4, 8, 15, 30, 60, 120, 180, 240)
USER_AGENT = "Stripe/1.0 (+https://stripe.com/docs/webhooks)"
ANSWER_WITHIN_SECONDS = 10
AT_ONCE = 100


@dataclass(frozen=True)
class Parcel:
    """One event for one endpoint, ready to be sent."""

    delivery: int
    attempts: int
    url: str
    secret: str
    body: bytes
    fate: Fate


def signature(body: bytes, *, secret: str, at: int) -> str:
    """The Stripe-Signature header for this body at this second."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


class Delivery:
    """Carries what waits in the store to its endpoints, many at a time, over restarts."""

    def __init__(self, writer: Writer, controls: Controls) -> None:
        self.writer = writer
        self.controls = controls
        self._awake = asyncio.Event()
        self._closing = False
        self._on_the_way: dict[int, asyncio.Task[None]] = {}
        self._http = urllib3.PoolManager(maxsize=AT_ONCE, retries=False, timeout=ANSWER_WITHIN_SECONDS)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="delivery")

    def wake(self) -> None:
        """Something may be waiting."""
        self._awake.set()

    async def run(self) -> None:
        """Deliver for as long as the server lives."""
        while True:
            self._awake.clear()
            taken = tuple(self._on_the_way)
            parcels, wait_seconds = await self.writer.run(partial(self._take, taken))
            for parcel in parcels:
                self._on_the_way[parcel.delivery] = asyncio.create_task(self._carry(parcel))
            await self._sleep(wait_seconds)

    async def close(self) -> None:
        """Stop; what was on its way is sent again after the next start."""
        self._closing = True
        for task in self._on_the_way.values():
            task.cancel()
        await asyncio.gather(*self._on_the_way.values(), return_exceptions=True)
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._http.clear()

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._awake.wait()
        except TimeoutError:
            return

    def _take(self, taken: tuple[int, ...], store: Store) -> tuple[list[Parcel], float]:
        """What is due and not on its way yet, and how long nothing else will be."""
        room = AT_ONCE - len(taken)
        on_the_way = ",".join(str(number) for number in taken)
        held = "AND released = 1" if self.controls.hold else ""
        waiting = f"FROM deliveries WHERE state = 'waiting' AND id NOT IN ({on_the_way}) {held}"
        rows = store.execute(
            f"SELECT id, event, endpoint, attempts, decided {waiting} AND due_at <= ?"
            " ORDER BY due_at, id LIMIT ?",
            (time.time(), max(room, 0)),
        ).fetchall()
        endpoints = {one["id"]: one for one in all_endpoints(store)} if rows else {}
        found = [self._parcel(store, row, endpoints) for row in rows]
        next_at = store.execute(f"SELECT min(due_at) {waiting} AND due_at > ?", (time.time(),)).fetchone()[0]
        wait_seconds = 5.0 if next_at is None else min(max(next_at - time.time(), 0.005), 5.0)
        return [parcel for parcel in found if parcel], wait_seconds

    def _parcel(self, store: Store, row: Any, endpoints: dict[str, Any]) -> Parcel | None:
        number, event_id, endpoint_id, attempts, decided = row
        endpoint = endpoints.get(endpoint_id)
        event = store.load(event_id, kind="event")
        if endpoint is None or event is None:
            store.execute("UPDATE deliveries SET state = 'gone' WHERE id = ?", (number,))
            return None
        fate = self.controls.fate_of(number) if attempts == 0 else Fate()
        if not decided and (fate.dropped or fate.delay_ms):
            _put_off(store, number, fate)
            return None
        body = json.dumps(with_pending(store, event.data), ensure_ascii=False).encode()
        return Parcel(number, attempts, endpoint["url"], endpoint["secret"], body, fate)

    async def _carry(self, parcel: Parcel) -> None:
        """One attempt, with what the controls make of it, and its outcome into the store."""
        taken = False
        try:
            taken = await self._send(parcel, corrupt=parcel.fate.corrupted)
            if taken and parcel.fate.duplicated:
                await self._send(parcel, corrupt=False)
        finally:
            if not self._closing:
                await self.writer.run(lambda store: _note(store, parcel, taken))
            del self._on_the_way[parcel.delivery]
            self.wake()

    async def _send(self, parcel: Parcel, *, corrupt: bool) -> bool:
        """True when the endpoint answered 2xx in time."""
        header = signature(parcel.body, secret=parcel.secret, at=int(time.time()))
        body = parcel.body.replace(b'"evt_', b'"evt-', 1) if corrupt else parcel.body
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": USER_AGENT,
            "Stripe-Signature": header,
        }
        post = partial(self._post, parcel.url, body, headers)
        return await asyncio.get_running_loop().run_in_executor(self._threads, post)

    def _post(self, url: str, body: bytes, headers: dict[str, str]) -> bool:
        try:
            answer = self._http.request("POST", url, body=body, headers=headers)
        except (urllib3.exceptions.HTTPError, ValueError):
            return False
        return 200 <= answer.status < 300


def _put_off(store: Store, number: int, fate: Fate) -> None:
    """Before its first attempt, once, a delivery may be lost or made to wait."""
    state = "dropped" if fate.dropped else "waiting"
    store.execute(
        "UPDATE deliveries SET decided = 1, state = ?, due_at = max(due_at, ?) WHERE id = ?",
        (state, time.time() + fate.delay_ms / 1000, number),
    )


def _note(store: Store, parcel: Parcel, taken: bool) -> None:
    """Delivered, or due again later, or given up after the last wait."""
    if taken:
        state, due_at = "delivered", time.time()
    elif parcel.attempts >= len(WAITS_SECONDS):
        state, due_at = "failed", time.time()
    else:
        state, due_at = "waiting", time.time() + WAITS_SECONDS[parcel.attempts]
    store.execute(
        "UPDATE deliveries SET state = ?, due_at = ?, attempts = attempts + 1 WHERE id = ?",
        (state, due_at, parcel.delivery),
    )
