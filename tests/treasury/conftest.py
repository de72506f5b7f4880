"""A Stripe of the test's own: its balance starts at nothing and its clock may be moved."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from gateway.client import stripe_client
from tests.browser.sandbox_process import run_sandbox
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
