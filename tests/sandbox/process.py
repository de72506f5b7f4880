"""The sandbox as a process of its own, on a free port, killed and started again as a test likes."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

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
    """`python -m sandbox` over one store."""

    def __init__(self, store: Path) -> None:
        self.store = store
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> "SandboxProcess":
        """Start, and wait until it serves."""
        command = [sys.executable, "-m", "sandbox", "--port", str(self.port), "--store", str(self.store)]
        self._running = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
        wait_until(self.answers)
        return self

    def answers(self) -> bool:
        """Whether its health address does."""
        try:
            return httpx.get(f"{self.url}/sandbox/health", trust_env=False, verify=False).is_success
        except httpx.TransportError:
            return False

    def stop(self, sign: signal.Signals = signal.SIGTERM) -> float:
        """Stop it; the seconds that took."""
        if self._running is None:
            return 0
        began = time.monotonic()
        self._running.send_signal(sign)
        self._running.wait(PATIENCE_SECONDS)
        self._running = None
        return time.monotonic() - began

    def kill(self) -> None:
        """End it with no chance to tidy up."""
        self.stop(signal.SIGKILL)
