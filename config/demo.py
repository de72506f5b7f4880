"""`manage.py demo`: the whole of Klubba on one machine, the reference sale played, nine checks told."""

import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

import httpx
import psycopg

from config import embedded_postgres
from config.addresses import LOCAL, require_free
from config.environment import Environment, read_environment
from config.home import PROJECT, HomeInUse, locked
from config.management.commands.sandbox import sandbox_argv
from config.migration_mark import is_migrated, mark_migrated
from config.nine_checks import nine_checks
from config.processes import Program, Supervisor, local_client
from config.reference_sale import play_reference_sale
from config.sentences import Refusal

WEBHOOKS = "/api/payments/webhooks"
WATCH_SECONDS = 0.5
ENDINGS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
PEOPLE = {
    "bo@klubba.example": "buys",
    "saga@klubba.example": "sells",
    "olga@klubba.example": "operates",
    "otto@klubba.example": "operates",
    "mallory@klubba.example": "owns nothing",
}


class DemoRefused(Refusal):
    """The demo cannot run here and now."""


class Ended(KeyboardInterrupt):
    """Somebody asked the demo to end."""


def run_demo(environ: Mapping[str, str]) -> bool:
    """Start everything, play, report, and stay until asked to end. True if all nine checks hold.

    With `DEMO_EXIT=1` it does not stay.

    Raises:
        Refusal: something is in the way; the sentence says what.
    """
    environment = read_environment(environ)
    if environment.world != "sandbox":
        raise DemoRefused("`make demo` plays with the sandbox only: unset STRIPE_SECRET_KEY.")
    with _sole_demo(environment), _ending_on_signals(), local_client() as client:
        demo = _Demo(environment, dict(environ), client, Supervisor(client=client))
        try:
            holds = demo.perform()
            if not environ.get("DEMO_EXIT"):
                demo.stay()
        except Ended:
            demo.say("Stopping; PostgreSQL goes on until `make clean`")
            return demo.holds
        except psycopg.OperationalError as error:
            raise DemoRefused(f"The database does not answer: {str(error).splitlines()[0]}.") from error
        finally:
            _ignore_endings()
            demo.supervisor.stop()
    return holds


@dataclass
class _Demo:
    environment: Environment
    environ: dict[str, str]
    client: httpx.Client
    supervisor: Supervisor
    database_url: str = ""
    database_pid: int | None = None
    holds: bool = False
    began: float = field(default_factory=time.monotonic)

    @property
    def site(self) -> str:
        return f"http://{LOCAL}:{self.environment.port}"

    @property
    def sandbox(self) -> str:
        return f"http://{LOCAL}:{self.environment.sandbox_port}"

    def perform(self) -> bool:
        """From nothing to the ninth check. What does not wait for one another is started together."""
        self._start_database()
        sandbox = self.supervisor.start(
            self._program("sandbox", sandbox_argv(self.environment), self.sandbox_health)
        )
        self._migrate()
        worker = self.supervisor.start(self._program("worker", self._manage("work")))
        web = self.supervisor.start(self._program("web", self._manage("serve"), f"{self.site}/livez"))
        self._run_once("seed")
        self.supervisor.await_health(sandbox)
        self._tell_webhook_addresses()
        self.supervisor.await_health(worker)
        self.supervisor.await_health(web)
        self.say(f"Sandbox, worker and web are up; webhooks go to {self.site}{WEBHOOKS}/")
        return self._play()

    def stay(self) -> None:
        """Keep everything running until somebody asks to end."""
        while True:
            time.sleep(WATCH_SECONDS)
            self._watch_database()
            self.supervisor.restart_ended(say=self.say)

    def say(self, step: str) -> None:
        """A progress line, with the seconds since the beginning."""
        print(f"{time.monotonic() - self.began:5.1f} s  {step}", flush=True)

    @property
    def sandbox_health(self) -> str:
        return f"{self.sandbox}/sandbox/health"

    def _watch_database(self) -> None:
        """A program that starts just then may have started it before we looked: the number tells."""
        home = self.environment.home
        if not self.environment.database_url and embedded_postgres.server_pid(home) != self.database_pid:
            self.say("PostgreSQL ended by itself; it is started again")
            embedded_postgres.start(home)
            self.database_pid = embedded_postgres.server_pid(home)

    def _start_database(self) -> None:
        url = self.environment.database_url
        if url is None:
            url = embedded_postgres.start(self.environment.home)
            self.database_pid = embedded_postgres.server_pid(self.environment.home)
        psycopg.connect(url, connect_timeout=5).close()
        self.say("PostgreSQL is up")
        self.database_url = url

    def _migrate(self) -> None:
        home, url = self.environment.home, self.environment.migrate_database_url or self.database_url
        if is_migrated(home, database_url=url):
            self.say("The tables are in step with the code")
            return
        self._run_once("migrate", "--no-input")
        mark_migrated(home, database_url=url)
        self.say("The tables are made")

    def _run_once(self, verb: str, *arguments: str) -> None:
        self.supervisor.await_end(self.supervisor.start(self._program(verb, self._manage(verb, *arguments))))
        if verb == "seed":
            self.say("Bo, Saga, Olga, Otto and Mallory are there")

    def _tell_webhook_addresses(self) -> None:
        """The sandbox signs for each address with that address's own secret."""
        environment = self.environment
        told = [self._endpoint("stripe", environment.stripe_webhook_secrets[0], connect=False)]
        for secret in environment.stripe_connect_webhook_secrets[:1]:
            told.append(self._endpoint("stripe-connect", secret, connect=True))
        answer = self.client.put(f"{self.sandbox}/sandbox/webhook-endpoints", json=told)
        if answer.is_error:
            raise DemoRefused(f"The sandbox refuses the webhook addresses: {answer.text}")

    def _endpoint(self, name: str, secret: str, *, connect: bool) -> dict[str, object]:
        url = f"{self.site}{WEBHOOKS}/{name}/"
        return {"url": url, "secret": secret, "connect": connect, "enabled_events": ["*"]}

    def _play(self) -> bool:
        password = self.environment.demo_password
        sale = play_reference_sale(site=self.site, sandbox=self.sandbox, password=password, say=self.say)
        checks = nine_checks(sale)
        self.holds = all(check.holds for check in checks)
        print("\n" + "\n".join(map(str, checks)), flush=True)
        print(f"\n{sum(check.holds for check in checks)} of {len(checks)} hold, ", end="")
        print(f"{time.monotonic() - self.began:.1f} s after the start.", flush=True)
        if not self.environ.get("DEMO_EXIT"):
            self._print_welcome()
        return self.holds

    def _print_welcome(self) -> None:
        chosen = self.environ.get("DEMO_PASSWORD", "").strip()
        print(f"\nKlubba is at {self.site}/, its API at {self.site}/api/docs\n")
        print("\n".join(f"  {email:<24}{what}" for email, what in PEOPLE.items()))
        print(f"  password: {'the one in DEMO_PASSWORD' if chosen else self.environment.demo_password}")
        print("\nCtrl-C stops it. The data stays; `make clean` removes it.", flush=True)

    def _manage(self, *arguments: str) -> list[str]:
        return [sys.executable, str(PROJECT / "manage.py"), *arguments]

    def _program(self, name: str, argv: list[str], health_url: str | None = None) -> Program:
        """Every program is told the same world, and asks no proxy for this machine."""
        env = self.environ | {"NO_PROXY": f"{LOCAL},localhost", "no_proxy": f"{LOCAL},localhost"}
        env |= {
            "KLUBBA_HOME": str(self.environment.home),
            "STRIPE_API_BASE": self.sandbox,
            "PYTHONUNBUFFERED": "1",
        }
        return Program(name, argv, env, self.environment.home / "log" / f"{name}.log", health_url)


@contextmanager
def _sole_demo(environment: Environment) -> Iterator[None]:
    """One demo per home, and nobody else on its ports."""
    try:
        with locked(environment.home / "demo.lock", wait=False):
            require_free(environment.port, variable="PORT")
            require_free(environment.sandbox_port, variable="SANDBOX_PORT")
            yield
    except HomeInUse:
        raise DemoRefused(
            f"A demo of {environment.home} is running already: stop it with Ctrl-C where it runs, "
            "or start this one with another KLUBBA_HOME, PORT and SANDBOX_PORT."
        ) from None


@contextmanager
def _ending_on_signals() -> Iterator[None]:
    """A closed terminal and a `kill` end it as Ctrl-C does: everything started is stopped."""

    def end(number: int, frame: FrameType | None) -> None:
        _ignore_endings()
        raise Ended

    previous = {number: signal.signal(number, end) for number in ENDINGS}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _ignore_endings() -> None:
    """Whoever asks twice still waits until everything is stopped: it takes seconds."""
    for number in ENDINGS:
        signal.signal(number, signal.SIG_IGN)
