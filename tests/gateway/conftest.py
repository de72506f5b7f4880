"""The real sandbox, for the calls of the gateway."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from gateway import calls, client
from gateway.calls import write_call
from gateway.client import stripe_client
from gateway.clock import StripesClock
from gateway.models import StripeCall
from tests import local
from tests.browser.sandbox_process import Sandbox, run_sandbox
from tests.gateway.there import AT, There


@pytest.fixture(scope="session")
def gateway_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with run_sandbox(tmp_path_factory.mktemp("gateway-sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
def stripe_at(gateway_sandbox: Sandbox, settings) -> Iterator[Sandbox]:
    """The gateway asks this sandbox, which makes no faults."""
    settings.STRIPE_API_BASE = gateway_sandbox.origin
    stripe_client.cache_clear()
    yield gateway_sandbox
    local.delete(f"{gateway_sandbox.origin}/sandbox/faults")
    stripe_client.cache_clear()


@pytest.fixture
def fault(stripe_at: Sandbox) -> Callable[..., None]:
    """Make the next calls fail: `fault("reset_after")`."""

    def make(kind: str, *, times: int = 1, method: str = "POST", path: str = "/v1/payment_intents") -> None:
        rule = {"method": method, "path": path, "probability": 1, "times": times, "kind": kind}
        local.put(f"{stripe_at.origin}/sandbox/faults", json={"seed": 1, "rules": [rule]}).raise_for_status()

    return make


@pytest.fixture
def unheard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stripe has not said lately what time it is, as when a process has just begun."""
    clock = StripesClock()
    for module in (calls, client):
        monkeypatch.setattr(module, "stripes_clock", clock)


@pytest.fixture
def there() -> There:
    return There()


@pytest.fixture
def call(db: None) -> StripeCall:
    return write_call(purpose="p", object_type="t", object_id=1, params={"amount": 1}, at=AT)
