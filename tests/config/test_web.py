"""The server itself: it serves on whoever dawdles, sends too much, or leaves."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from tests import local
from tests.live import Klubba

pytestmark = pytest.mark.xdist_group("running")


@pytest.fixture
def dawdlers(klubba: Klubba) -> Iterator[list[socket.socket]]:
    """Twenty who promise a body and send none."""
    promise = b"POST /api/auth/token/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n"
    with ExitStack() as stack:
        sockets = []
        for _ in range(20):
            one = stack.enter_context(socket.create_connection(("127.0.0.1", int(klubba.env["PORT"]))))
            one.sendall(promise)
            sockets.append(one)
        yield sockets


def get(klubba: Klubba, path: str) -> httpx.Response:
    return local.get(klubba.site + path, timeout=5)


def test_those_who_dawdle_hold_up_nobody_and_are_sent_away(
    klubba: Klubba, dawdlers: list[socket.socket]
) -> None:
    assert get(klubba, "/livez").text == "alive"
    assert get(klubba, "/readyz").text == "ready"
    assert get(klubba, "/sign-in/").status_code == 200

    dawdlers[0].settimeout(20)
    told = dawdlers[0].recv(2000)
    assert told.startswith(b"HTTP/1.1 408") and b"application/problem+json" in told


@pytest.mark.parametrize(
    ("path", "status"),
    [("/api/auth/token/", 413), ("/sign-in/", 413), ("/api/payments/webhooks/stripe/", 413)],
)
def test_a_body_over_the_limit_is_refused(klubba: Klubba, path: str, status: int) -> None:
    answer = local.post(klubba.site + path, content=b"x" * 300_000, timeout=10)

    assert answer.status_code == status
    assert not path.startswith("/api/") or answer.json()["code"] == "body_too_large"


def test_what_the_loop_refuses_is_a_problem_too(klubba: Klubba) -> None:
    url = klubba.site + "/api/payments/webhooks/stripe/"
    asked = {
        "delivery_refused": local.post(url, content=b"{}"),
        "method_not_allowed": local.get(url),
        "bad_request": local.post(url, headers={"Host": "evil.example"}),
    }

    for code, answer in asked.items():
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert (answer.json()["code"], answer.json()["status"]) == (code, answer.status_code)
    assert asked["method_not_allowed"].headers["Allow"] == "POST"


def test_garbage_on_the_wire_is_a_400_and_nothing_else(klubba: Klubba) -> None:
    with socket.create_connection(("127.0.0.1", int(klubba.env["PORT"]))) as one:
        one.sendall(b"\x00\xff nonsense\r\n\r\n")
        one.settimeout(5)
        assert one.recv(100).startswith(b"HTTP/1.1 400")
    assert get(klubba, "/livez").text == "alive"


def test_a_foreign_host_is_refused_without_internals(klubba: Klubba) -> None:
    for path in ("/", "/api/bids/", "/api/payments/webhooks/stripe/"):
        answer = local.post(klubba.site + path, headers={"Host": "evil.example"}, timeout=5)
        assert answer.status_code == 400
        assert "Traceback" not in answer.text and "ALLOWED_HOSTS" not in answer.text
