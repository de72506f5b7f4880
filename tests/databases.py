"""Databases for tests: one template with all tables, copied whenever somebody needs one of their own.

Nothing is truncated and no trigger is switched off: a copy is made, and dropped.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit, urlunsplit

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections, transaction
from psycopg import sql

from config.home import locked

PROJECT = Path(__file__).parent.parent


def url_of(name: str) -> str:
    """The address of another database of the same server."""
    return urlunsplit(urlsplit(settings.DATABASE_URL)._replace(path=f"/{name}"))


def template() -> str:
    """The name of the template for the migrations as they are; made by whoever comes first."""
    name = f"template_{_migrations_digest()}"
    with locked(settings.ENVIRONMENT.home / "template.lock"):
        if not _exists(name):
            _hurry()
            unfinished = f"{name}_unfinished"
            drop(unfinished)
            _run("CREATE DATABASE {}", unfinished)
            _migrate(unfinished)
            _run("ALTER DATABASE {} RENAME TO {}", unfinished, name)
    return name


@contextmanager
def copied_database() -> Iterator[str]:
    """A database of one's own, named, with all tables and nothing in them."""
    name = f"copy_{uuid.uuid4().hex[:12]}"
    _run("CREATE DATABASE {} TEMPLATE {}", name, template())
    try:
        yield name
    finally:
        drop(name)


@contextmanager
def pointed_at(name: str) -> Iterator[None]:
    """Django's connection leads to that database, in every thread, until this ends."""
    before = connection.settings_dict["NAME"]
    connections.close_all()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connections.close_all()
        connection.settings_dict["NAME"] = before


def wait_for_somebody_who_waits(name: str) -> None:
    """Until someone at that database stands before another's lock; at most ten seconds."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
    with psycopg.connect(url_of(name), autocommit=True) as watching:
        until = time.monotonic() + 10
        while watching.execute(waiting, [name]).fetchone() == (0,):
            assert time.monotonic() < until
            time.sleep(0.02)


@contextmanager
def undone_afterwards() -> Iterator[None]:
    """What happens inside did not happen. Marked as a test's own, so that verbs may commit inside."""
    block = transaction.atomic()
    block._from_testcase = True
    with block:
        yield
        transaction.set_rollback(True)


@contextmanager
def past_every_trigger() -> Iterator[None]:
    """As whoever owns the database, whom no trigger and no grant stops; undone afterwards."""
    with undone_afterwards():
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE; SET LOCAL session_replication_role = 'replica'")
        yield


def _hurry() -> None:
    """What is committed here need not survive the machine: that is tried in homes of its own."""
    _run("ALTER SYSTEM SET synchronous_commit = off")
    _run("SELECT pg_reload_conf()")


@contextmanager
def pointed_at_server(url: str) -> Iterator[None]:
    """Django's connection leads to another server altogether, acted on as its owner, until this ends."""
    told, settings_dict = urlsplit(url), connection.settings_dict
    before = {key: settings_dict[key] for key in ("NAME", "HOST", "OPTIONS")}
    connections.close_all()
    host = parse_qs(told.query)["host"][0]
    without_role = {key: value for key, value in settings_dict["OPTIONS"].items() if key != "assume_role"}
    settings_dict.update(NAME=told.path[1:], HOST=host, OPTIONS=without_role)
    try:
        yield
    finally:
        connections.close_all()
        settings_dict.update(before)


def drop(name: str) -> None:
    _run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _migrate(name: str) -> None:
    """Only the owner of the tables may make them."""
    options = connection.settings_dict["OPTIONS"]
    role = options.pop("assume_role", None)
    try:
        with pointed_at(name):
            call_command("migrate", verbosity=0)
    finally:
        if role:
            options["assume_role"] = role


def _migrations_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(PROJECT.glob("*/migrations/*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _exists(name: str) -> bool:
    with psycopg.connect(settings.DATABASE_URL) as owner:
        found = owner.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return found.fetchone() is not None


def _run(statement: str, *names: str) -> None:
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as owner:
        owner.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
