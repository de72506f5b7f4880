"""A shop of one page on a port of its own, under a policy as strict as the real checkout's."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode, urlsplit

FILES = Path(__file__).parent / "shop"
KINDS = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css"}


@dataclass(frozen=True)
class Shop:
    origin: str

    def address(self, **query: str) -> str:
        return f"{self.origin}/?{urlencode(query)}"


@contextmanager
def serve_shop(*, sandbox_origin: str) -> Iterator[Shop]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _page_for(sandbox_origin))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Shop(origin=f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        server.server_close()


def _page_for(sandbox_origin: str) -> type[BaseHTTPRequestHandler]:
    policy = (
        f"default-src 'none'; script-src 'self' {sandbox_origin}; frame-src {sandbox_origin}; "
        f"connect-src 'self' {sandbox_origin}; style-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'self'"
    )

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = FILES / (urlsplit(self.path).path.strip("/") or "index.html")
            if wanted.parent != FILES or not wanted.is_file():
                return self.answer(204, "text/plain", b"")
            body = wanted.read_text().replace("{sandbox}", sandbox_origin)
            return self.answer(200, KINDS[wanted.suffix], body.encode())

        def answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            """Nothing is logged: the test tells what it saw."""

    return Page
