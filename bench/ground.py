"""Where the bench stands: a PostgreSQL of its own that syncs every commit, and copies of one database.

Imported before anything that reads Django's settings.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).parent.parent
HOME = PROJECT / ".local" / "bench"

for name in [*os.environ]:
    if name in ("DATABASE_URL", "SECRET_KEY", "ALLOWED_HOSTS") or name.startswith("STRIPE_"):
        del os.environ[name]
os.environ["KLUBBA_HOME"] = str(HOME)
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
# As patient with the database as who works in the background.
sys.argv = [sys.argv[0], "work"]
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"

import django  # noqa: E402

django.setup()

import psycopg  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connections  # noqa: E402
from psycopg import sql  # noqa: E402

from config.postgres_place import programs_of_wheel  # noqa: E402
from tests.databases import drop, pointed_at, url_of  # noqa: E402

# Two clients may cross, as two workers may: what was sent back is done again.
MOST_TRIES = 10
# By name and row: what a row is, whoever wrote it. Keys, clocks and the rest differ from run to run.
DIFFERS = ("%\\_id", "id", "number", "written_in")


def tables_made() -> None:
    """The bench's own database with every table and nothing in it."""
    manage = [sys.executable, str(PROJECT / "manage.py")]
    subprocess.run([*manage, "migrate", "--no-input", "--verbosity=0"], check=True)


@contextmanager
def filled(name: str) -> Iterator[str]:
    """A database of that name with every table, that Django's connection leads to; dropped afterwards."""
    drop(name)
    _run("CREATE DATABASE {} TEMPLATE {}", name, settings.DATABASES["default"]["NAME"])
    try:
        with pointed_at(name):
            yield name
    finally:
        drop(name)


@contextmanager
def copied(name: str) -> Iterator[str]:
    """A copy of a database, that Django's connection leads to, vacuumed and on disk; dropped afterwards."""
    copy = f"{name}_copy"
    connections.close_all()
    drop(copy)
    _run("CREATE DATABASE {} TEMPLATE {}", copy, name)
    try:
        settle(copy)
        with pointed_at(copy):
            yield copy
    finally:
        drop(copy)


def settle(name: str) -> None:
    """Vacuumed, known to the planner, and on disk."""
    with psycopg.connect(url_of(name), autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")
        owner.execute("CHECKPOINT")


def sums_of(name: str) -> dict[str, int]:
    """By table and column: how many rows, and the sum of every whole number that says something."""
    with psycopg.connect(url_of(name)) as owner:
        columns = owner.execute(
            """
            SELECT table_name, array_agg(column_name::text) FILTER (
                WHERE data_type IN ('bigint', 'integer', 'smallint') AND NOT column_name LIKE ANY (%s)
            ) FROM information_schema.columns
            JOIN information_schema.tables USING (table_schema, table_name)
            WHERE table_schema = 'public' AND table_type = 'BASE TABLE' GROUP BY table_name
            """,
            [list(DIFFERS)],
        ).fetchall()
        found = {}
        for table, names in columns:
            summed = [sql.SQL("sum({})").format(sql.Identifier(name)) for name in names or []]
            told = sql.SQL(", ").join([sql.SQL("count(*)"), *summed])
            row = owner.execute(sql.SQL("SELECT {} FROM {}").format(told, sql.Identifier(table))).fetchone()
            assert row
            keys = [f"{table}.{name}" for name in ("*", *(names or []))]
            found |= {key: int(value or 0) for key, value in zip(keys, row, strict=True)}
        return found


def pgbench(script: Path, *, database: str, clients: int, each: int, **variables: object) -> float:
    """Run a script so many times by each client; answers the seconds that it took, connecting left out."""
    folder = programs_of_wheel()
    assert folder
    argv = [str(folder / "pgbench"), "--no-vacuum", "--protocol=prepared", f"--file={script}"]
    argv += [f"--client={clients}", f"--transactions={each}", f"--max-tries={MOST_TRIES}"]
    argv += [*(f"--define={name}={value}" for name, value in variables.items())]
    ran = subprocess.run([*argv, url_of(database)], capture_output=True, text=True)
    if ran.returncode:
        raise SystemExit(f"pgbench: {ran.stderr.strip()}")
    told = dict(line.split(" = ", 1) for line in ran.stdout.splitlines() if " = " in line)
    return clients * each / float(told["tps"].split()[0])


def _run(statement: str, *names: str) -> None:
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as owner:
        owner.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
