"""A database that is there for the length of a drill, beside the others of its server."""

import re
import secrets
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import Connection, sql

from config.drill.verdicts import DrillFailed, DrillRefused

Say = Callable[[str], None]

ACTS_AS = "klubba_app"
THE_DRILL = 5_210_472  # Any number that nobody else of ours locks.
STEM_CHARACTERS = 40  # PostgreSQL cuts a name off behind 63.
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

WHO = """
    SELECT current_database(), current_user, rolcreatedb OR rolsuper,
        EXISTS (SELECT FROM pg_roles WHERE rolname = %(acts_as)s)
    FROM pg_roles WHERE rolname = current_user"""
MAY_ACT = "SELECT pg_has_role(current_user, %s, 'MEMBER')"


@contextmanager
def scratch_database(url: str, *, keep: bool, say: Say) -> Iterator[str]:
    """The address of an empty database on the server of `url`, dropped however the drill ends.

    With `keep` it stays, under a name that no later drill drops, unless somebody ended the drill. What one
    that was killed has left is dropped first, and said.

    Raises:
        DrillRefused: who signs in may not make one or act as our role, another drill runs, nobody answers.
    """
    with _signed_in(url) as server:
        database = _refuse_who_may_not(server)
        if not _answer(server, "SELECT pg_try_advisory_lock(%s)", THE_DRILL):
            raise DrillRefused(f"Another drill of {database} runs: let it end.")
        stem = f"{database[:STEM_CHARACTERS]}_drill_"
        for left in _left_behind(server, stem):
            _run(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", left)
            say(f"{left} was left behind by a drill that was killed, and is dropped")
        name = stem + secrets.token_hex(4)
        try:
            _run(server, "CREATE DATABASE {} TEMPLATE template0", name)
            yield _beside(url, name)
            if keep:
                _keep(server, name, say=say)
        except DrillFailed:
            if keep:
                _keep(server, name, say=say)
            raise
        finally:
            _drop(url, name)
        if not keep:
            say(f"{name} is dropped")


@contextmanager
def _signed_in(url: str) -> Iterator[Connection[tuple]]:
    try:
        server = psycopg.connect(url, autocommit=True, connect_timeout=5)
    except psycopg.Error as failure:
        raise DrillRefused(f"The database does not answer: {_first_line(failure)}.") from failure
    with server:
        yield server


def _refuse_who_may_not(server: Connection[tuple]) -> str:
    """The name of the database that was signed in to."""
    row = server.execute(WHO, {"acts_as": ACTS_AS}).fetchone()
    assert row is not None
    database, who, may_create, has_role = row
    if not may_create:
        raise DrillRefused(
            f"{who} may not make databases, and the drill needs one: sign in as who has CREATEDB."
        )
    if not has_role:
        raise DrillRefused(
            f"That server has no role {ACTS_AS}, to whom the dump grants: CREATE ROLE {ACTS_AS}."
        )
    if not _answer(server, MAY_ACT, ACTS_AS):
        raise DrillRefused(f"{who} may not act as {ACTS_AS}: GRANT {ACTS_AS} TO {who}.")
    return str(database)


def _left_behind(server: Connection[tuple], stem: str) -> list[str]:
    """Whoever holds the lock of all drills knows that none of these is in use."""
    named = server.execute(
        "SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY 1", [stem]
    )
    return [name for (name,) in named if re.fullmatch("[0-9a-f]{8}", name.removeprefix(stem))]


def _keep(server: Connection[tuple], name: str, *, say: Say) -> None:
    kept = name.replace("_drill_", "_kept_")
    _run(server, "ALTER DATABASE {} RENAME TO {}", name, kept)
    say(f"the copy is kept as {kept}")


def _drop(url: str, name: str) -> None:
    """Whoever asks once more to end has to wait: it takes a moment, and leaves nothing behind."""
    heard = {ending: signal.signal(ending, signal.SIG_IGN) for ending in ENDINGS}
    try:
        with _signed_in(url) as server:
            _run(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
    finally:
        for ending, handler in heard.items():
            signal.signal(ending, handler)


def _answer(server: Connection[tuple], question: str, about: object) -> object:
    row = server.execute(question, [about]).fetchone()
    return row[0] if row else None


def _run(server: Connection[tuple], statement: str, *names: str) -> None:
    try:
        server.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
    except psycopg.Error as failure:
        raise DrillRefused(
            f"PostgreSQL does not make room for the drill: {_first_line(failure)}."
        ) from failure


def _first_line(failure: psycopg.Error) -> str:
    return str(failure).splitlines()[0].rstrip(".")


def _beside(url: str, name: str) -> str:
    """The address of another database of the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
