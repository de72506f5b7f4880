"""The sandbox as a process of its own, on a free port, killed and started again as a test likes."""

import multiprocessing
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import httpx

from sandbox.__main__ import main
from tests import local

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 20
SECRET_KEY = "sk_test_sandbox_tests"
PUBLISHABLE_KEY = "pk_test_sandbox_tests"


def wait_until(holds: Callable[[], Any], *, seconds: float = PATIENCE_SECONDS) -> Any:
    """The first true value of `holds`, or a failure when it never comes."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        seen = holds()
        if seen:
            return seen
        time.sleep(0.02)
    raise AssertionError(f"{getattr(holds, '__name__', holds)} did not hold within {seconds} s")


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class SandboxProcess:
    """The sandbox over one store, forked from a process that has imported it already."""

    def __init__(self, store: Path) -> None:
        self.store = store
        self.log = store.with_suffix(".log")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._running: BaseProcess | None = None

    def start(self) -> "SandboxProcess":
        """Start, and wait until it serves."""
        arguments = ["sandbox", "--port", str(self.port), "--store", str(self.store)]
        self._running = _WARM.Process(target=_serve, args=(arguments, self.log), daemon=True)
        self._running.start()
        wait_until(self.answers)
        return self

    def answers(self) -> bool:
        """Whether its health address does."""
        try:
            return local.get(f"{self.url}/sandbox/health").is_success
        except httpx.TransportError:
            return False

    def stop(self, sign: signal.Signals = signal.SIGTERM) -> float:
        """Stop it; the seconds that took."""
        if self._running is None:
            return 0
        began = time.monotonic()
        os.kill(self._running.pid, sign)
        self._running.join(PATIENCE_SECONDS)
        assert not self._running.is_alive()
        self._running = None
        return time.monotonic() - began

    def kill(self) -> None:
        """End it with no chance to tidy up."""
        self.stop(signal.SIGKILL)


_WARM = multiprocessing.get_context("forkserver")
_WARM.set_forkserver_preload(["sandbox.__main__", __name__])


def _serve(arguments: list[str], log: Path) -> None:
    """What `python -m sandbox` does with these arguments; what it prints goes to the log."""
    with log.open("ab") as written:
        for stream in (1, 2):
            os.dup2(written.fileno(), stream)
    sys.argv = arguments
    sys.exit(main())
