"""The sandbox as the browser tests meet it: a process, an address, and Stripe's own calls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import local
from tests.sandbox.process import SandboxProcess

SECRET_KEY = "sk_test_browser_tests_0001"
PUBLISHABLE_KEY = "pk_test_browser_tests_0001"
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
        answer = local.request(method, self.origin + path, data=data, headers=headers, timeout=ANSWER_LIMIT_S)
        answer.raise_for_status()
        return answer.json()


@contextmanager
def run_sandbox(folder: Path) -> Iterator[Sandbox]:
    """A sandbox of one's own; at the end it is killed, for nobody will ask for what it wrote."""
    process = SandboxProcess(folder / "sandbox.sqlite3").start()
    try:
        yield Sandbox(origin=process.url)
    finally:
        process.kill()
