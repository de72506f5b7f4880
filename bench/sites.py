"""Servers beside the bench: ours as people start it, and the limit's in the same server."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bench.ground import HOME, PROJECT
from config.processes import Child, Program, Supervisor, local_client
from tests.databases import url_of
from tests.sandbox.process import free_port

UVICORN = "-m uvicorn --http httptools --ws none --no-access-log --log-level warning".split()
LOGS = HOME / "log"


@contextmanager
def our_site(database: str, *duties: str) -> Iterator[int]:
    """`serve` at a port of its own, with a worker for these duties; it is stopped afterwards."""
    with our_processes(database, *duties) as (port, _):
        yield port


@contextmanager
def our_processes(database: str, *duties: str) -> Iterator[tuple[int, int]]:
    """The same; the port, and the process id of who serves there."""
    port, manage = free_port(), [sys.executable, str(PROJECT / "manage.py")]
    env, health = _env(database, port), f"http://127.0.0.1:{port}/readyz"
    programs = [Program("serve", [*manage, "serve"], env, LOGS / "serve.log", health)]
    if duties:
        argv = [*manage, "work", "--only", ",".join(duties)]
        programs.append(Program("work", argv, env, LOGS / "work.log", None))
    with _running(programs) as (serving, *_):
        yield port, serving.process.pid


@contextmanager
def limit_site(database: str) -> Iterator[int]:
    """The limit's, which serves as soon as it answers a query for nobody."""
    port = free_port()
    argv = [sys.executable, *UVICORN, "--port", str(port), "bench.limit_site:application"]
    health = f"http://127.0.0.1:{port}/sums?of=0"
    with _running([Program("limit", argv, _env(database, port), LOGS / "limit.log", health)]):
        yield port


@contextmanager
def _running(programs: list[Program]) -> Iterator[list[Child]]:
    with local_client() as client:
        supervisor = Supervisor(client=client)
        try:
            for program in programs:
                supervisor.await_health(supervisor.start(program))
            yield supervisor.children
        finally:
            supervisor.stop()


def _env(database: str, port: int) -> dict[str, str]:
    return {**os.environ, "DATABASE_URL": url_of(database), "PORT": str(port), "PYTHONPATH": str(PROJECT)}
