"""Told to end: within ten seconds, whoever is waited for; and one server follows another unseen."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import psutil
import pytest

from config.home import PROJECT
from test_complete_payment_dashboard_integration import win_an_auction
from tests import local
from tests.live import Klubba, Person, wait_for
from tests.sandbox.process import free_port

pytestmark = pytest.mark.xdist_group("running")

MANAGE = [sys.executable, str(PROJECT / "manage.py")]
ASKERS = 6
HANDED = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[2], sys.argv[2:])
"""


@contextmanager
def running(klubba: Klubba, *command: str, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([*MANAGE, *command], env=klubba.env | env, cwd=PROJECT) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def silent_stripe(klubba: Klubba) -> Iterator[None]:
    """It takes every question, and answers long after whoever asked has gone."""
    rule = {"method": "*", "path": "/v1/*", "probability": 1, "kind": "delay", "delay_ms": 15_000}
    local.put(f"{klubba.sandbox}/sandbox/faults", json={"seed": 1, "rules": [rule]}).raise_for_status()
    try:
        yield
    finally:
        local.delete(f"{klubba.sandbox}/sandbox/faults").raise_for_status()


def waits_for_stripe(klubba: Klubba, process: subprocess.Popen[bytes]) -> bool:
    at_stripe = (psutil.CONN_ESTABLISHED, int(klubba.env["SANDBOX_PORT"]))
    connections = psutil.Process(process.pid).net_connections()
    return any((one.status, one.raddr and one.raddr.port) == at_stripe for one in connections)


def test_each_ends_in_ten_seconds_though_stripe_never_answers_and_nothing_is_lost(klubba: Klubba) -> None:
    saga, bo = Person(klubba, "saga@klubba.example"), Person(klubba, "bo@klubba.example")
    bid, port = win_an_auction(saga, bo, amount="11000.00"), str(free_port())
    with (
        ThreadPoolExecutor(1) as buyer,
        running(klubba, "serve", PORT=port) as web,
        running(klubba, "work", "--only", "poll,drain") as worker,
    ):
        other = f"http://127.0.0.1:{port}"
        wait_for(lambda: answers(other))
        with silent_stripe(klubba), running(klubba, "pay_due") as payer:
            post = {"headers": bo.http.headers, "json": {"bid_id": bid}}
            asked = buyer.submit(local.post, f"{other}/api/payments/payment-intent/", **post)
            told = [web, worker, payer]
            wait_for(lambda: all(waits_for_stripe(klubba, process) for process in told))
            began = time.monotonic()
            for process in told:
                process.send_signal(signal.SIGTERM)
            ended = [process.wait(10) for process in told]
            assert time.monotonic() - began < 10
        assert ended == [-signal.SIGTERM, 0, 0]
        assert asked.exception() or asked.result().status_code == 503

    # Once Stripe is done with the question that was left, the same one is answered.
    assert wait_for(lambda: bo.http.post("/api/payments/payment-intent/", json={"bid_id": bid}).is_success)


def answers(site: str) -> bool:
    try:
        return local.get(f"{site}/livez", timeout=1).status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def served(klubba: Klubba, listening: socket.socket) -> Iterator[subprocess.Popen[bytes]]:
    """A server that is handed its socket as systemd does it."""
    argv = [sys.executable, "-c", HANDED, str(listening.fileno()), *MANAGE, "serve"]
    env, fds = klubba.env | {"PORT": "1"}, (listening.fileno(),)
    with subprocess.Popen(argv, env=env, cwd=PROJECT, pass_fds=fds) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_server_follows_another_at_one_socket_and_no_request_fails(klubba: Klubba) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listening:
        site = f"http://127.0.0.1:{listening.getsockname()[1]}"
        over, statuses, failures = threading.Event(), [], []

        def ask() -> None:
            while not over.is_set():
                for path in ("/sign-in/", "/readyz"):
                    try:
                        statuses.append(local.get(site + path, timeout=30).status_code)
                    except httpx.HTTPError as failure:
                        failures.append(repr(failure))

        with served(klubba, listening) as first, ThreadPoolExecutor(ASKERS) as askers:
            try:
                wait_for(lambda: answers(site))
                for _ in range(ASKERS):
                    askers.submit(ask)
                wait_for(lambda: len(statuses) > 50)
                os.kill(first.pid, signal.SIGTERM)
                assert first.wait(10) == -signal.SIGTERM
                asked_before = len(statuses)
                with served(klubba, listening):
                    wait_for(lambda: len(statuses) > asked_before + 100)
                    over.set()
                    askers.shutdown()
            finally:
                over.set()

    assert (failures, {*statuses}) == ([], {200})


def test_who_has_connected_and_said_nothing_yet_is_heard_out(klubba: Klubba) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, served(klubba, listening) as server:
        port = listening.getsockname()[1]
        wait_for(lambda: answers(f"http://127.0.0.1:{port}"))
        with socket.create_connection(("127.0.0.1", port), timeout=10) as silent:
            # The same loop answers both, one after the other: whoever came before is taken.
            assert answers(f"http://127.0.0.1:{port}")
            server.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            silent.sendall(b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            assert silent.recv(100).startswith(b"HTTP/1.1 200")
