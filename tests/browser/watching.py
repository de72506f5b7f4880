"""Everything a page complains of while a test drives it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, WebError

OpenPage = Callable[..., Page]
LOCAL_HOSTS = {"127.0.0.1", "localhost"}
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  window.tellViolation(`${event.violatedDirective} refused ${event.blockedURI} in ${event.documentURI}`);
});
"""


@dataclass
class Watched:
    """`complaints` are console errors, page errors and CSP violations, of frames too."""

    complaints: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    expected: list[re.Pattern[str]] = field(default_factory=list)

    def expect(self, pattern: str) -> None:
        """Let pass what the test brings about on purpose, such as a declined card's 402."""
        self.expected.append(re.compile(pattern))

    def third_party_requests(self) -> list[str]:
        """Addresses asked for outside this machine."""
        asked = [request.url for request in self.requests]
        return [address for address in asked if not _is_local(address)]

    def unexpected(self) -> list[str]:
        return [
            complaint
            for complaint in self.complaints
            if not any(pattern.search(complaint) for pattern in self.expected)
        ]


def _is_local(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme in {"about", "blob", "data"} or parts.hostname in LOCAL_HOSTS


def watch(context: BrowserContext, watched: Watched) -> None:
    """Listen to all pages and frames of a context from their first script on."""

    def hear_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            watched.complaints.append(f"console: {message.text} ({message.location['url']})")

    def hear_page_error(error: WebError) -> None:
        watched.complaints.append(f"page error: {error.error}")

    def hear_request(request: Request) -> None:
        watched.requests.append(request)

    def hear_violation(_source: object, sentence: str) -> None:
        watched.complaints.append(f"content security policy: {sentence}")

    context.on("console", hear_console)
    context.on("weberror", hear_page_error)
    context.on("request", hear_request)
    context.expose_binding("tellViolation", hear_violation)
    context.add_init_script(REPORT_VIOLATIONS)
