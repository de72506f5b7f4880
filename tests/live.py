"""Klubba as it really runs: PostgreSQL, sandbox, worker and web, with a home and ports of their own."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psycopg
import pytest

from config import embedded_postgres
from config.environment import read_environment
from config.home import PROJECT, locked, make_home
from config.management.commands.sandbox import sandbox_argv
from config.postgres_place import find_place, make_place
from config.processes import Child, Program, Supervisor, local_client
from tests import local
from tests.ground import HOME
from tests.sandbox.process import free_port

PASSWORD = "klubba-demo"
PATIENCE_SECONDS = 30
# The events that the README tells an operator to add at Stripe, for each of the two addresses.
OF_OUR_OWN, OF_CONNECTED = (
    (PROJECT / "README.md").read_text().split("with these events:")[1].split("```")[1:4:2]
)
T = TypeVar("T")


@dataclass
class Klubba:
    """A running Klubba. Tests meet it over HTTP; its processes can be stopped and started by name."""

    home: Path
    env: dict[str, str]
    supervisor: Supervisor
    client: httpx.Client
    children: dict[str, Child] = field(default_factory=dict)

    @property
    def site(self) -> str:
        return f"http://127.0.0.1:{self.env['PORT']}"

    @property
    def sandbox(self) -> str:
        return f"http://127.0.0.1:{self.env['SANDBOX_PORT']}"

    def start(self, name: str) -> None:
        """Start `sandbox`, `worker` or `web`, and return when it serves; `worker-2` is a second one."""
        argv, health_url = self._programs()[name.partition("-")[0]]
        program = Program(name, argv, self.env, self.home / "log" / f"{name}.log", health_url)
        self.children[name] = self.supervisor.start(program)
        self.supervisor.await_health(self.children[name])

    def kill(self, name: str) -> None:
        """kill -9, as a machine that loses power does."""
        child = self.children.pop(name)
        child.process.kill()
        child.process.wait()
        self.supervisor.children.remove(child)

    def manage(self, *arguments: str) -> None:
        """Run a command of manage.py to its end."""
        argv = [sys.executable, str(PROJECT / "manage.py"), *arguments]
        log = self.home / "log" / f"{arguments[0]}.log"
        self.supervisor.await_end(self.supervisor.start(Program(arguments[0], argv, self.env, log)))

    def balance_minor(self, code: str) -> int:
        """What the postings say of an account in SEK, debit less credit, read beside the product."""
        with psycopg.connect(embedded_postgres.start(self.home)) as books:
            found = books.execute(
                """
                SELECT coalesce(sum(
                    CASE WHEN debit.code = %(code)s THEN amount_minor ELSE -amount_minor END), 0)
                FROM ledger_posting AS posting
                JOIN ledger_account AS debit ON debit.id = posting.debit_id
                JOIN ledger_account AS credit ON credit.id = posting.credit_id
                WHERE %(code)s IN (debit.code, credit.code) AND posting.currency = 'SEK'
                """,
                {"code": code},
            ).fetchone()
        assert found is not None
        return int(found[0])

    def tell_webhook_addresses(self) -> None:
        """The sandbox learns where to deliver what the README names, and with what secrets to sign."""
        environment = read_environment(self.env)
        told = [
            self._endpoint("stripe", environment.stripe_webhook_secrets[0], OF_OUR_OWN),
            self._endpoint(
                "stripe-connect",
                environment.stripe_connect_webhook_secrets[0],
                OF_CONNECTED,
                connect=True,
            ),
        ]
        self.client.put(f"{self.sandbox}/sandbox/webhook-endpoints", json=told).raise_for_status()

    def _endpoint(self, name: str, secret: str, types: str, *, connect: bool = False) -> dict[str, object]:
        url = f"{self.site}/api/payments/webhooks/{name}/"
        return {"url": url, "secret": secret, "connect": connect, "enabled_events": types.split()}

    def advance_stripes_clock(self, *, days: int) -> None:
        answer = self.client.post(
            f"{self.sandbox}/sandbox/clock", json={"advance_seconds": days * 24 * 60 * 60}
        )
        answer.raise_for_status()

    def _programs(self) -> dict[str, tuple[list[str], str | None]]:
        manage = [sys.executable, str(PROJECT / "manage.py")]
        return {
            "sandbox": (sandbox_argv(read_environment(self.env)), f"{self.sandbox}/sandbox/health"),
            "worker": ([*manage, "work"], None),
            "web": ([*manage, "serve"], f"{self.site}/readyz"),
        }


@contextmanager
def running_klubba(home: Path, *, build: type[Klubba] = Klubba) -> Iterator[Klubba]:
    """Start everything, with the demo's people, and leave nothing behind."""
    with local_client() as client:
        klubba = build(home, _environment(home), Supervisor(client=client), client)
        try:
            _settle(klubba)
            klubba.start("sandbox")
            klubba.start("worker")
            klubba.start("web")
            klubba.tell_webhook_addresses()
            yield klubba
        finally:
            klubba.supervisor.stop()
            embedded_postgres.remove(home)


def _environment(home: Path) -> dict[str, str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith("STRIPE_") and k != "DATABASE_URL"}
    env |= {"KLUBBA_HOME": str(home), "PORT": str(free_port()), "SANDBOX_PORT": str(free_port())}
    return env | {"DEMO_PASSWORD": PASSWORD, "PYTHONUNBUFFERED": "1", "NO_PROXY": "127.0.0.1,localhost"}


def _settle(klubba: Klubba) -> None:
    """Give the home what `migrate` and `seed` make, copied from a home in which they have run."""
    seeded = HOME / f"seeded-{_source_digest()}"
    with locked(make_home(HOME) / "seeded.lock"):
        if not (seeded / "whole").exists():
            _seed(seeded)
        source, place = find_place(seeded), make_place(klubba.home)
        assert source
        subprocess.run(["cp", "-a", source.data, place.data], check=True)
    embedded_postgres.start(klubba.home)


def _seed(home: Path) -> None:
    for older in HOME.glob("seeded-*"):
        embedded_postgres.remove(older)
        shutil.rmtree(older)
    make_home(home)
    with local_client() as client:
        klubba = Klubba(home, _environment(home), Supervisor(client=client), client)
        klubba.manage("migrate", "--no-input")
        klubba.manage("seed")
    embedded_postgres.stop(home)
    (home / "whole").touch()


def _source_digest() -> str:
    """Of every line that `migrate` and `seed` could run."""
    digest = hashlib.sha256()
    for path in sorted(PROJECT.glob("[a-z]*/**/*.py")):
        if path.parts[len(PROJECT.parts)] != "tests":
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


@pytest.fixture(scope="session")
def klubba(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Klubba]:
    """One running Klubba for a session's tests."""
    with running_klubba(tmp_path_factory.mktemp("klubba") / "home") as klubba:
        yield klubba


def wait_for(what: Callable[[], T | None], *, seconds: float = PATIENCE_SECONDS) -> T:
    """The first answer that is not empty; a failure after the patience has run out."""
    ends_at = time.monotonic() + seconds
    while not (answer := what()):
        assert time.monotonic() < ends_at, f"still waiting after {seconds} s"
        time.sleep(0.05)
    return answer


class Person:
    """Somebody who signed in through the API."""

    def __init__(self, klubba: Klubba, email: str) -> None:
        self.http = local.Client(base_url=klubba.site, timeout=60)
        token = self.post("/api/auth/token/", email=email, password=PASSWORD)["access"]
        self.http.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str) -> Any:
        answer = self.http.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, **body: object) -> Any:
        answer = self.http.post(path, json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()
