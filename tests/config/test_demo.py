"""`manage.py demo` as a person meets it: one real demo for the whole file, and those that are refused."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from config import embedded_postgres
from config.home import PROJECT
from config.postgres_place import find_place
from tests import local

LIMIT_SECONDS = 90
pytestmark = pytest.mark.xdist_group("demo")


@dataclass
class Running:
    """A demo under way, its lines as they come."""

    process: subprocess.Popen[str]
    home: Path
    environ: dict[str, str]
    lines: list[str] = field(default_factory=list)

    def read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(line.rstrip() for line in iter(self.process.stdout.readline, ""))

    def await_line(self, words: str) -> str:
        wait_for(lambda: any(words in line for line in self.lines) or self.process.poll() is not None)
        found = [line for line in self.lines if words in line]
        assert found, "\n".join(self.lines)
        return found[0]

    def workers(self) -> list[int]:
        children = psutil.Process(self.process.pid).children()
        alive = [child for child in children if child.status() != psutil.STATUS_ZOMBIE]
        return [child.pid for child in alive if "work" in child.cmdline()]


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def free_ports(count: int) -> list[str]:
    bound = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [str(one.getsockname()[1]) for one in bound]
    for one in bound:
        one.close()
    return ports


def environ_of(home: Path, **variables: str) -> dict[str, str]:
    port, sandbox_port = free_ports(2)
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {"KLUBBA_HOME": str(home), "PORT": port, "SANDBOX_PORT": sandbox_port} | variables


def run_demo(environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "demo"], cwd=PROJECT, env=environ, capture_output=True, text=True
    )


@pytest.fixture(scope="module")
def demo() -> Iterator[Running]:
    """It stays up after its checks; at the end whatever is left of it is removed."""
    home = Path(tempfile.mkdtemp(prefix="kl-")) / "home"
    environ = environ_of(home)
    argv = [sys.executable, "manage.py", "demo"]
    with subprocess.Popen(
        argv, cwd=PROJECT, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        running = Running(process, home, environ)
        reader = threading.Thread(target=running.read)
        reader.start()
        try:
            yield running
        finally:
            process.send_signal(signal.SIGTERM)
            reader.join()
    embedded_postgres.remove(home)
    shutil.rmtree(home.parent)


def test_nine_lines_hold_in_the_order_of_the_contract(demo: Running) -> None:
    demo.await_line("Ctrl-C stops it")
    checks = [line for line in demo.lines if line[:1] in ("✓", "✗")]

    assert [line.split(":")[0] for line in checks] == [
        "✓ Payment Intent Created",
        "✓ Payment Completed",
        "✓ Transactions Created",
        "✓ Commission Transaction",
        "✓ Payout Transaction",
        "✓ Payout Schedule Created",
        "✓ Buyer API Working",
        "✓ Seller API Working",
        "✓ Payout API Working",
    ], "\n".join(checks)
    assert "770.00 SEK" in checks[3]
    assert "10230.00 SEK" in checks[4]


def test_it_tells_the_address_and_the_sign_ins_and_serves_there(demo: Running) -> None:
    demo.await_line("Ctrl-C stops it")
    told = "\n".join(demo.lines)

    site = f"http://127.0.0.1:{demo.environ['PORT']}"
    assert site in told
    assert [
        name for name in ("bo@", "saga@", "olga@", "otto@", "mallory@", "klubba-demo") if name not in told
    ] == []
    assert local.get(f"{site}/livez").status_code == 200


def test_a_second_demo_of_the_same_home_is_one_sentence(demo: Running) -> None:
    demo.await_line("Ctrl-C stops it")
    ended = run_demo(demo.environ)

    assert ended.returncode == 2
    assert ended.stderr.startswith(f"A demo of {demo.home} is running already")
    assert ended.stderr.count("\n") == 1


def test_data_is_not_removed_under_a_running_demo(demo: Running) -> None:
    demo.await_line("Ctrl-C stops it")
    clean = [sys.executable, "manage.py", "clean"]
    ended = subprocess.run(clean, cwd=PROJECT, env=demo.environ, capture_output=True, text=True)

    assert ended.returncode == 2
    assert ended.stderr == f"A demo of {demo.home} is running: stop it first.\n"


def test_another_home_on_a_taken_port_is_one_sentence(demo: Running, tmp_path: Path) -> None:
    demo.await_line("Ctrl-C stops it")
    for name in ("PORT", "SANDBOX_PORT"):
        ended = run_demo(environ_of(tmp_path / "home", **{name: demo.environ[name]}))

        assert ended.returncode == 2
        assert ended.stderr.startswith(f"Port {demo.environ[name]} of 127.0.0.1 cannot be had")
        assert ended.stderr.endswith(f"or choose another port with {name}.\n")


def test_a_killed_worker_is_started_again_and_said(demo: Running) -> None:
    demo.await_line("Ctrl-C stops it")
    (killed,) = demo.workers()
    os.kill(killed, signal.SIGKILL)

    demo.await_line("worker ended (signal SIGKILL)")
    wait_for(lambda: demo.workers() not in ([], [killed]))


def test_a_killed_postgres_is_started_again_and_said(demo: Running) -> None:
    demo.await_line("Ctrl-C stops it")
    place = find_place(demo.home)
    assert place is not None
    os.kill(int((place.data / "postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)

    demo.await_line("PostgreSQL ended by itself; it is started again")
    wait_for(lambda: embedded_postgres.is_running(demo.home))
    site = f"http://127.0.0.1:{demo.environ['PORT']}"
    wait_for(lambda: local.get(f"{site}/readyz").status_code == 200)


def test_ctrl_c_stops_everything_it_started_but_not_the_database(demo: Running) -> None:
    demo.await_line("Ctrl-C stops it")
    started = psutil.Process(demo.process.pid).children(recursive=True)
    children = [child for child in started if child.name() != "postgres"]
    assert len(children) >= 3
    demo.process.send_signal(signal.SIGINT)
    demo.process.wait(LIMIT_SECONDS)

    assert [
        child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE
    ] == []
    assert embedded_postgres.is_running(demo.home)
    assert "Traceback" not in "\n".join(demo.lines)


def test_with_a_stripe_key_the_demo_is_refused(tmp_path: Path) -> None:
    live = dict.fromkeys(("STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY"), "sk_test_0123456789abcdef")
    live |= {"STRIPE_WEBHOOK_SECRET": "w" * 16, "SECRET_KEY": "s" * 16}
    named = {"DATABASE_URL": "postgresql:///klubba", "ALLOWED_HOSTS": "pay.example"}
    ended = run_demo(environ_of(tmp_path / "home", **live, **named))

    assert ended.returncode == 2
    assert ended.stderr == "`make demo` plays with the sandbox only: unset STRIPE_SECRET_KEY.\n"


def test_a_home_that_cannot_be_written_is_one_sentence() -> None:
    ended = run_demo(environ_of(Path("/proc/klubba")))

    assert ended.returncode == 2
    assert ended.stderr.startswith("Klubba cannot keep its data in /proc/klubba")
    assert ended.stderr.count("\n") == 1


def test_a_database_that_does_not_answer_is_one_sentence(tmp_path: Path) -> None:
    (nobody,) = free_ports(1)
    ended = run_demo(environ_of(tmp_path / "home", DATABASE_URL=f"postgresql://a:b@127.0.0.1:{nobody}/c"))

    assert ended.returncode == 2
    assert ended.stderr.startswith("The database does not answer: ")
    assert ended.stderr.count("\n") == 1
