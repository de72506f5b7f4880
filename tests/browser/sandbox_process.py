"""The sandbox as the browser tests meet it: a process, an address, and Stripe's own calls."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

PROJECT = Path(__file__).parents[2]
SECRET_KEY = "sk_test_browser_tests_0001"
PUBLISHABLE_KEY = "pk_test_browser_tests_0001"
START_LIMIT_S = 30
ANSWER_LIMIT_S = 20
REFERENCE_AMOUNT_MINOR = 1_100_000


@dataclass(frozen=True)
class Sandbox:
    origin: str

    def create_intent(self, *, amount_minor: int = REFERENCE_AMOUNT_MINOR) -> dict:
        data = {"amount": amount_minor, "currency": "sek", "automatic_payment_methods[enabled]": "true"}
        return self._call("POST", "/v1/payment_intents", data)

    def retrieve_intent(self, intent_id: str) -> dict:
        return self._call("GET", f"/v1/payment_intents/{intent_id}")

    def confirm_intent(self, intent_id: str, *, payment_method: str) -> dict:
        data = {"payment_method": payment_method, "use_stripe_sdk": "true"}
        return self._call("POST", f"/v1/payment_intents/{intent_id}/confirm", data)

    def charges_of(self, intent_id: str) -> list[dict]:
        return self._call("GET", f"/v1/charges?payment_intent={intent_id}")["data"]

    def _call(self, method: str, path: str, data: dict | None = None) -> dict:
        headers = {"Authorization": f"Bearer {SECRET_KEY}", "Stripe-Version": "2026-10-28.endive"}
        answer = httpx.request(method, self.origin + path, data=data, headers=headers, timeout=ANSWER_LIMIT_S)
        answer.raise_for_status()
        return answer.json()


@contextmanager
def run_sandbox(folder: Path) -> Iterator[Sandbox]:
    port = free_port()
    store = folder / "sandbox.sqlite3"
    command = [sys.executable, "-m", "sandbox", "--port", str(port), "--store", str(store)]
    with (folder / "sandbox.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=PROJECT, stdout=log, stderr=subprocess.STDOUT)
        try:
            sandbox = Sandbox(origin=f"http://127.0.0.1:{port}")
            _wait_until_it_serves(sandbox, process, folder / "sandbox.log")
            yield sandbox
        finally:
            process.terminate()
            process.wait(timeout=10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_it_serves(sandbox: Sandbox, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{sandbox.origin}/sandbox/health").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError(f"The sandbox did not start: {log.read_text()[-2000:]}")
