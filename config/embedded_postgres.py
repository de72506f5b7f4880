"""A real PostgreSQL of our own, started when somebody needs it, stopped by `make clean`.

It listens on a unix socket alone, and lets nobody in but the user who started it.
"""

import os
import pwd
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
from psycopg.pq import PGconn, Ping

from config.home import ROOT_UID, locked, make_home
from config.postgres_place import (
    SOCKET_NAME,
    UNPRIVILEGED,
    Place,
    PostgresRefused,
    find_place,
    make_place,
    programs,
    remove_place,
)

MAJOR_VERSION = "18"
ROLE = "klubba"
DATABASE = "klubba"
START_LIMIT_SECONDS = 120
STOP_LIMIT_SECONDS = 60
COMPLAINTS = ("error:", "FATAL:", "PANIC:")

CONFIGURATION = """\
# Written by Klubba at every start. ALTER SYSTEM wins over it.
listen_addresses = ''
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
shared_buffers = 256MB
max_connections = 200
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
"""


@dataclass(frozen=True)
class Postmaster:
    """What a running server tells of itself in its pid file."""

    pid: int
    socket: str
    ready: bool

    @property
    def url(self) -> str:
        return f"postgresql://{ROLE}@/{DATABASE}?host={quote(self.socket, safe='')}"

    def answers(self) -> bool:
        return PGconn.ping(f"{self.url}&connect_timeout=2".encode()) == Ping.OK


def start(home: Path) -> str:
    """See to it that PostgreSQL runs, and return the URL of its database.

    Again, or by several at once: the same server. Data of an earlier run is there again, after a kill too.

    Raises:
        PostgresRefused: it cannot run here; the sentence says why.
        HomeRefused: the home cannot be written.
    """
    running = _running(find_place(home))
    if running:
        return running.url
    make_home(home)
    with locked(home / "postgres.lock"):
        try:
            return _start_locked(make_place(home))
        except OSError as error:
            raise PostgresRefused(
                f"PostgreSQL cannot be started in {home}: {error.strerror or error}."
            ) from error


def stop(home: Path) -> None:
    """Stop it, so that everything is on disk and no process is left. Stopped already: nothing."""
    place = find_place(home)
    if place is None or not place.data.is_dir():
        return
    with locked(home / "postgres.lock"):
        for mode in ("fast", "immediate"):
            _pg_ctl(place, "stop", "-m", mode, "-t", str(STOP_LIMIT_SECONDS))
            if _waited(lambda: not _processes(place), limit_seconds=10):
                return
    raise PostgresRefused(f"PostgreSQL in {place.data} does not stop; its log is {place.log}.")


def remove(home: Path) -> None:
    """Stop it and remove its data, wherever that is."""
    try:
        stop(home)
    finally:
        remove_place(home)


def is_running(home: Path) -> bool:
    """Whether it answers now."""
    return server_pid(home) is not None


def server_pid(home: Path) -> int | None:
    """The process that answers now: another number than before means that it was started anew."""
    running = _running(find_place(home))
    return running.pid if running else None


def _running(place: Place | None) -> Postmaster | None:
    postmaster = _postmaster(place) if place else None
    return postmaster if postmaster and postmaster.ready and postmaster.answers() else None


def _postmaster(place: Place) -> Postmaster | None:
    """The pid file as it stands; its writer may be long dead."""
    try:
        lines = (place.data / "postmaster.pid").read_text().splitlines()
        return Postmaster(pid=int(lines[0]), socket=lines[4], ready=lines[7].strip() == "ready")
    except FileNotFoundError:
        return None
    except PermissionError:
        raise PostgresRefused(
            f"The data in {place.folder} belongs to another user of this machine."
        ) from None
    except (IndexError, ValueError):
        return None


def _start_locked(place: Place) -> str:
    user = place.user
    user.own(place.log.parent)
    if not user.may_enter(place.folder):
        raise PostgresRefused(f"PostgreSQL runs as {user.name} here, who may not enter {place.folder}.")
    if not place.data.exists():
        _make_data(place)
    _await_leftovers(place)
    running = _running(place)
    if running is None:
        _configure(place)
        logged_bytes = place.log.stat().st_size if place.log.exists() else 0
        _launch(place)
        running = _running(place)
        if running is None:
            raise _failure(place, logged_bytes=logged_bytes)
    return running.url


def _make_data(place: Place) -> None:
    """Make the data folder beside its place and move it there when it is whole."""
    unfinished = place.folder / "data.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    user, folder = place.user, programs(place)
    user.own(unfinished)
    locale = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    made = user.run(
        [folder / "initdb", "-D", unfinished, "-U", ROLE, *locale, "--data-checksums", "--auth=peer"]
    )
    if made.returncode == 0:
        sentence = f"CREATE DATABASE {DATABASE};\n"
        made = user.run([folder / "postgres", "--single", "-D", unfinished, "postgres"], text=sentence)
    if made.returncode != 0:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise PostgresRefused(f"PostgreSQL cannot make its data in {place.folder}: {_reason(made.stderr)}")
    unfinished.rename(place.data)


def _await_leftovers(place: Place) -> None:
    """Give a server that is starting, or the last children of a killed one, the time they need.

    PostgreSQL takes the number in a pid file for a living server when a stranger has that number now, or when
    nobody has buried the dead one, as in a container without an init. With no process left both files lie.
    """
    _waited(lambda: not _processes(place) or _running(place) is not None, limit_seconds=START_LIMIT_SECONDS)
    if not _processes(place):
        (place.data / "postmaster.pid").unlink(missing_ok=True)
        (place.socket_folder() / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)


def _configure(place: Place) -> None:
    version = (place.data / "PG_VERSION").read_text().strip()
    if version != MAJOR_VERSION:
        raise PostgresRefused(
            f"The data in {place.data} is of PostgreSQL {version}, and this is {MAJOR_VERSION}: "
            "dump it with the old one, or remove it with `make clean`."
        )
    listed = str(place.socket_folder()).replace('"', '""').replace("'", "''")
    _write(place, "postgresql.conf", CONFIGURATION.format(socket=f'"{listed}"'))
    _write(place, "pg_hba.conf", "local all all peer map=let_in\n")
    _write(place, "pg_ident.conf", "".join(f'let_in "{name}" all\n' for name in _let_in(place)))


def _let_in(place: Place) -> list[str]:
    """Whoever started it, the owner of its data, and root; but `nobody` is shared with other programs."""
    names = {pwd.getpwuid(uid).pw_name for uid in (ROOT_UID, os.geteuid())}
    if place.user.name != UNPRIVILEGED:
        names.add(place.user.name)
    return sorted(names)


def _write(place: Place, name: str, text: str) -> None:
    unfinished = place.data / f"{name}.unfinished"
    unfinished.write_text(text)
    unfinished.chmod(0o600)
    os.chown(unfinished, place.user.uid, place.user.gid)
    unfinished.replace(place.data / name)


def _launch(place: Place) -> None:
    _pg_ctl(place, "start", "-l", f"../log/{place.log.name}", "-t", str(START_LIMIT_SECONDS))


def _pg_ctl(place: Place, verb: str, *arguments: str) -> None:
    """What it says goes unread: whether the server runs is asked of the server.

    It hands paths to a shell, which stumbles over some; so it works in the data folder and names no other.
    """
    place.user.run([programs(place) / "pg_ctl", verb, "-s", "-w", "-D", ".", *arguments], folder=place.data)


def _processes(place: Place) -> list[int]:
    """Every process that works in the data folder, a killed server's children too."""
    data = str(place.data.resolve())
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == data and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def _waited(condition: Callable[[], bool], *, limit_seconds: int) -> bool:
    deadline = time.monotonic() + limit_seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _failure(place: Place, *, logged_bytes: int) -> PostgresRefused:
    """In the words of the log since that length."""
    log = place.log.read_bytes()[logged_bytes:].decode(errors="replace") if place.log.exists() else ""
    return PostgresRefused(
        f"PostgreSQL in {place.data} does not start: {_reason(log)} (its log: {place.log})"
    )


def _reason(text: str) -> str:
    """The first complaint: what follows it is its consequence."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    complaints = [line for line in lines if any(word in line for word in COMPLAINTS)]
    return [*complaints[:1], *lines[-1:], "it gave no reason"][0]
