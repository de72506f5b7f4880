"""Children that are started, watched and stopped: real programs, small ones."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from config.home import PROJECT
from config.processes import ProcessRefused, Program, Supervisor, local_client
from tests import local

SLEEP = "import time; time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); {SLEEP}"
SERVE = """
import http.server, time
time.sleep(0.3)
http.server.test(http.server.SimpleHTTPRequestHandler, port={port}, bind="127.0.0.1")
"""
HEED = """
import signal, sys, time
def heed(*_):
    open(sys.argv[2], "a").write(sys.argv[1])
    sys.exit()
signal.signal(signal.SIGTERM, heed)
print("up", flush=True)
time.sleep(60)
"""
PARENT = """
import sys, time
from pathlib import Path
from config.processes import Program, Supervisor, local_client
argv = [sys.executable, "-c", "import time; time.sleep(60)"]
program = Program("child", argv, {}, Path(sys.argv[1]) / "child.log")
child = Supervisor(client=local_client()).start(program)
print(child.process.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    with local_client() as client:
        supervisor = Supervisor(client=client)
        yield supervisor
        supervisor.stop()


def python(tmp_path: Path, source: str, *, name: str = "child", health_url: str | None = None) -> Program:
    return Program(name, [sys.executable, "-c", source], os.environ, tmp_path / f"{name}.log", health_url)


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_a_child_is_waited_for_until_it_answers(tmp_path: Path, supervisor: Supervisor) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    supervisor.await_health(supervisor.start(python(tmp_path, SERVE.format(port=port), health_url=url)))

    assert local.get(url).status_code == 200


def test_a_child_that_ends_before_it_answers_is_told_with_its_last_words(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    source = "print('first'); import sys; sys.exit('the disk is full')"
    child = supervisor.start(python(tmp_path, source, name="web", health_url="http://127.0.0.1:9/"))

    with pytest.raises(
        ProcessRefused, match=r"^web ended \(exit 1\): the disk is full \(its log: .*web.log\)\.$"
    ):
        supervisor.await_health(child)


def test_a_child_that_never_answers_is_not_waited_for_ever(tmp_path: Path, supervisor: Supervisor) -> None:
    child = supervisor.start(python(tmp_path, SLEEP, health_url=f"http://127.0.0.1:{free_port()}/"))

    with pytest.raises(ProcessRefused, match="child does not answer at http"):
        supervisor.await_health(child, limit_seconds=0.2)


def test_a_task_that_fails_is_a_refusal_and_one_that_succeeds_is_not(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    supervisor.await_end(supervisor.start(python(tmp_path, "print('done')")))
    with pytest.raises(ProcessRefused, match="exit 3"):
        supervisor.await_end(supervisor.start(python(tmp_path, "import sys; sys.exit(3)")))


def test_what_ended_by_itself_is_started_again_with_a_sentence(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    child = supervisor.start(python(tmp_path, SLEEP, name="worker"))
    first, said = child.process.pid, []
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: child.ended)

    supervisor.restart_ended(say=said.append)

    assert is_alive(child.process.pid)
    assert child.process.pid != first
    assert [sentence.split(":")[0] for sentence in said] == ["worker ended (signal SIGKILL)"]


def test_what_ends_again_and_again_is_given_up(tmp_path: Path, supervisor: Supervisor) -> None:
    child = supervisor.start(python(tmp_path, "import sys; sys.exit('no room')", name="worker"))

    with pytest.raises(ProcessRefused, match="no room"):
        for _ in range(10):
            wait_for(lambda: child.ended)
            supervisor.restart_ended(say=lambda sentence: None)


def test_children_are_stopped_the_last_one_first(tmp_path: Path, supervisor: Supervisor) -> None:
    written = tmp_path / "order"
    for name in "abc":
        program = Program(
            name, [sys.executable, "-c", HEED, name, str(written)], os.environ, tmp_path / f"{name}.log"
        )
        supervisor.start(program)
        wait_for(lambda program=program: "up" in program.log.read_text())

    supervisor.stop()

    assert written.read_text() == "cba"


def test_a_child_that_does_not_heed_is_killed(
    tmp_path: Path, supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.processes.STOP_LIMIT_SECONDS", 0.2)
    child = supervisor.start(python(tmp_path, STUBBORN))
    wait_for(lambda: "up" in child.program.log.read_text())

    supervisor.stop()

    assert child.process.returncode == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_a_child_dies_with_a_killed_parent(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(argv, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_alive(child)
        parent.kill()

    wait_for(lambda: not is_alive(child))
