"""A Stripe of the test's own: its balance starts at nothing and its clock may be moved."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from gateway.client import stripe_client
from tests import local
from tests.browser.sandbox_process import Sandbox, run_sandbox
from tests.cast import Cast
from tests.payouts.wire import at_noon
from tests.treasury.beside import Beside
from tests.treasury.market import Market


@pytest.fixture
def market(tmp_path: Path, settings) -> Iterator[Market]:
    """The gateway asks this sandbox."""
    settings.STRIPE_CONNECT_WEBHOOK_SECRETS = ("whsec_for_connected_ones",)
    with run_sandbox(tmp_path) as sandbox:
        settings.STRIPE_API_BASE = sandbox.origin
        stripe_client.cache_clear()
        yield Market(sandbox)
    stripe_client.cache_clear()


@pytest.fixture(scope="session")
def shared_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with run_sandbox(tmp_path_factory.mktemp("shared-sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
def at_shared(shared_sandbox: Sandbox, settings) -> Iterator[Sandbox]:
    """The gateway asks a sandbox that many tests share, where nothing is younger than five days."""
    settings.STRIPE_CONNECT_WEBHOOK_SECRETS = ("whsec_for_connected_ones",)
    settings.STRIPE_API_BASE = shared_sandbox.origin
    stripe_client.cache_clear()
    clock = {"advance_seconds": 5 * 24 * 3600}
    local.post(f"{shared_sandbox.origin}/sandbox/clock", json=clock).raise_for_status()
    yield shared_sandbox
    local.delete(f"{shared_sandbox.origin}/sandbox/faults").raise_for_status()
    stripe_client.cache_clear()


@pytest.fixture
def beside(at_shared: Sandbox, cast: Cast) -> Beside:
    """Both clocks at the noon of a Monday."""
    return Beside(at_noon(at_shared, cast))


@pytest.fixture
def told(settings) -> Iterator[dict[str, object]]:
    """A Stripe that answers every question with this."""
    answer: dict[str, object] = {}

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def do_GET(self) -> None:
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        settings.STRIPE_API_BASE = f"http://127.0.0.1:{server.server_port}"
        stripe_client.cache_clear()
        yield answer
        server.shutdown()
        thread.join()
    stripe_client.cache_clear()
