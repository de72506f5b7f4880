"""A shop's webhook address: takes what comes, keeps it, and answers as it was told."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import stripe

SECRET = "whsec_listener_of_the_tests"


class Listener:
    """An HTTP server on a free port."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []
        self.statuses: list[int] = []
        self.location: str | None = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def take(self, path: str, headers: Any, body: bytes) -> int:
        """Keep a delivery; the status to answer it with."""
        header = headers.get("stripe-signature", "")
        self.seen.append(
            {"path": path, "body": body, "signature": header, "agent": headers.get("user-agent")}
        )
        return self.statuses.pop(0) if self.statuses else 200

    def genuine(self, *, secret: str = SECRET) -> list[Any]:
        """The events whose signature holds, in the order in which they came."""
        return [json.loads(one["body"]) for one in list(self.seen) if is_signed(one, secret)]

    def types(self) -> list[str]:
        """The types of all genuine events."""
        return [event["type"] for event in self.genuine()]

    def heard(self, kind: str) -> list[Any]:
        """The genuine events of one type."""
        return [event for event in self.genuine() if event["type"] == kind]


def is_signed(delivery: dict[str, Any], secret: str = SECRET) -> bool:
    """Whether Stripe's own library takes the signature."""
    try:
        return bool(
            stripe.WebhookSignature.verify_header(
                delivery["body"].decode(), delivery["signature"], secret, tolerance=300
            )
        )
    except stripe.SignatureVerificationError:
        return False


def _handler_of(listener: Listener) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(listener.take(self.path, self.headers, body))
            if listener.location:
                self.send_header("Location", listener.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *words: Any) -> None:
            """Keep the tests' output quiet."""

    return Handler
