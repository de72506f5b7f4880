"""Start programs beside this one, wait until they answer, notice when they die, stop them in reverse."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from config.home import PROJECT
from config.sentences import Refusal

STOP_LIMIT_SECONDS = 10
START_LIMIT_SECONDS = 60
LOOK_AGAIN_SECONDS = 0.02
PR_SET_PDEATHSIG = 1
RESTARTS_ALLOWED = 3
RESTARTS_COUNTED_SECONDS = 60


class ProcessRefused(Refusal):
    """A program we started ended, or does not answer."""


@dataclass(frozen=True)
class Program:
    """What to run, where it writes, and where it answers over HTTP once it serves."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    log: Path
    health_url: str | None = None


@dataclass
class Child:
    """A running program."""

    program: Program
    process: subprocess.Popen[bytes]
    started_at: list[float] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def sentence(self) -> str:
        """How it ended and the last thing it said."""
        log = self.program.log
        said = _last_line(log).rstrip(".") or "it said nothing"
        return f"{self.program.name} ended ({_ending(self.process.returncode)}): {said} (its log: {log})."


class Supervisor:
    """The children of one run, in the order they were started."""

    def __init__(self, *, client: httpx.Client) -> None:
        self.children: list[Child] = []
        self._client = client

    def start(self, program: Program) -> Child:
        """Start it, with a fresh log; it dies with this process, however this one ends."""
        program.log.parent.mkdir(mode=0o700, exist_ok=True)
        program.log.write_bytes(b"")
        child = Child(program, _spawn(program), [time.monotonic()])
        self.children.append(child)
        return child

    def await_health(self, child: Child, *, limit_seconds: float = START_LIMIT_SECONDS) -> None:
        """Return when it answers 200.

        Raises:
            ProcessRefused: it ended, or does not answer within the limit.
        """
        if not child.program.health_url:
            return
        deadline = time.monotonic() + limit_seconds
        while not answers(self._client, child.program.health_url):
            if child.ended:
                raise ProcessRefused(child.sentence())
            if time.monotonic() > deadline:
                raise ProcessRefused(
                    f"{child.program.name} does not answer at {child.program.health_url} "
                    f"after {limit_seconds:.0f} seconds (its log: {child.program.log})."
                )
            time.sleep(LOOK_AGAIN_SECONDS)

    def await_end(self, child: Child) -> None:
        """Return when it has done its work.

        Raises:
            ProcessRefused: it ended with another status than 0.
        """
        child.process.wait()
        self.children.remove(child)
        if child.process.returncode != 0:
            raise ProcessRefused(child.sentence())

    def restart_ended(self, *, say: Callable[[str], None]) -> None:
        """Start what ended by itself once more, and say so.

        Raises:
            ProcessRefused: it ended again and again within a minute.
        """
        for child in self.children:
            if not child.ended:
                continue
            now = time.monotonic()
            recent = [at for at in child.started_at if now - at < RESTARTS_COUNTED_SECONDS]
            if len(recent) > RESTARTS_ALLOWED:
                raise ProcessRefused(child.sentence())
            say(f"{child.sentence()} Started again.")
            child.process = _spawn(child.program)
            child.started_at = [*recent, now]

    def stop(self) -> None:
        """Stop every child, the last one first: asked to end, and killed if it does not within 10 s."""
        for child in reversed(self.children):
            _stop(child.process)
        self.children.clear()


def answers(client: httpx.Client, url: str) -> bool:
    """Whether the address answers 200 now."""
    try:
        return client.get(url, timeout=2).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def local_client() -> httpx.Client:
    """A client for this machine: a proxy named in the environment is not asked."""
    return httpx.Client(trust_env=False, verify=False, timeout=10)


def _spawn(program: Program) -> subprocess.Popen[bytes]:
    with open(program.log, "ab") as log:
        return subprocess.Popen(
            list(program.argv),
            env=dict(program.env),
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=_dying_with(os.getpid()),
        )


def _dying_with(parent: int) -> Callable[[], None] | None:
    """Linux tells a child of its parent's death; elsewhere an orphan has to be stopped by hand."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)

    def die_with_parent() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return die_with_parent


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(STOP_LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _ending(returncode: int) -> str:
    return f"signal {signal.Signals(-returncode).name}" if returncode < 0 else f"exit {returncode}"


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1].strip() if lines else ""
