"""P9: from a change in the database to the socket of the page it concerns, with a thousand pages open."""

import random
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles

import psycopg
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from bench.ground import PROJECT, filled
from bench.measuring import Figure, Size
from bench.sites import our_processes
from dashboards.live import LISTEN
from events.recording import record_event
from people.models import User
from tests.databases import url_of

READERS, CHANGES = 1_000, (300, 30)
APART_SECONDS = 0.05
SERVER_RESTS_SECONDS = 1


def hearing(size: Size) -> list[Figure]:
    """A change concerns one reader; beside a bare listener, which learns only that there was one."""
    heard = Figure("P9", f"change to socket, p95, {READERS:,} open", "ms", most=60)
    weight = Figure("P9", "memory of a stream", "kB", most=60)
    with filled("streams") as name:
        readers = _readers(READERS)
        people, cookies = [reader.pk for reader in readers], signed_in(readers)
        for _ in range(size.of(size.rounds, 1)):
            with our_processes(name) as (port, pid):
                time.sleep(SERVER_RESTS_SECONDS)
                empty_kb = _resident_kb(pid)
                with (
                    _listening(cookies, port=port) as told,
                    psycopg.connect(url_of(name), autocommit=True) as bare,
                ):
                    weight.ours.append((_resident_kb(pid) - empty_kb) / READERS)
                    took = [_change(people, told, bare) for _ in range(size.of(*CHANGES))]
            heard.ours.append(quantiles([ours for ours, _ in took], n=20)[-1])
            heard.limit.append(quantiles([limit for _, limit in took], n=20)[-1])
    return [heard, weight]


def signed_in(people: Iterable[User]) -> list[str]:
    """A session's cookie for each of them."""
    cookies = []
    for person in people:
        session = SessionStore()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session.create()
        cookies.append(str(session.session_key))
    return cookies


def _readers(count: int) -> list[User]:
    return User.objects.bulk_create(
        User(email=f"reader{number}@bench.example", name=f"Reader {number}", is_buyer=True)
        for number in range(count)
    )


@contextmanager
def _listening(cookies: list[str], *, port: int) -> Iterator["subprocess.Popen[str]"]:
    """The readers' pages, all of them open."""
    argv = [sys.executable, "-m", "bench.listening", str(port)]
    with subprocess.Popen(
        argv, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as pages:
        assert pages.stdin and pages.stdout
        pages.stdin.write("\n".join(cookies))
        pages.stdin.close()
        try:
            if pages.stdout.readline() != "open\n":
                raise SystemExit("bench: not every stream was opened")
            yield pages
        finally:
            pages.kill()


def _change(
    people: list[int], pages: "subprocess.Popen[str]", bare: psycopg.Connection
) -> tuple[float, float]:
    """The milliseconds until its reader was told, and until the bare listener was."""
    assert pages.stdout
    place = random.randrange(len(people))  # noqa: S311
    bare.execute(LISTEN)
    began = time.monotonic_ns()
    record_event(
        "payment.created",
        subject_type="payment",
        subject_id=place,
        at=timezone.now(),
        actor_id=people[place],
        audience=[people[place]],
    )
    for _ in bare.notifies(timeout=5, stop_after=1):
        limit_ms = (time.monotonic_ns() - began) / 1e6
    told, at = pages.stdout.readline().split()
    if int(told) != place:
        raise SystemExit("bench: another reader was told")
    time.sleep(APART_SECONDS)
    return (int(at) - began) / 1e6, limit_ms


def _resident_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])
