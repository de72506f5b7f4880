"""A cheap answer to "is there anything to migrate?", for a start that shall take seconds.

After a migration the home keeps what the migration files were and what the database had recorded. While
neither has changed there is nothing to apply. A wrong mark costs one `migrate` that does nothing.
"""

import hashlib
from pathlib import Path

import psycopg

from config.home import PROJECT

RECORDED = "SELECT current_database(), count(*), max(id), max(applied) FROM django_migrations"


def is_migrated(home: Path, *, database_url: str) -> bool:
    """Whether the database is as the last migration of these very files left it."""
    try:
        return (home / "migrated").read_text() == _mark(database_url)
    except (FileNotFoundError, psycopg.errors.UndefinedTable):
        return False


def mark_migrated(home: Path, *, database_url: str) -> None:
    """Remember the state just reached."""
    (home / "migrated").write_text(_mark(database_url))


def _mark(database_url: str) -> str:
    digest = hashlib.sha256()
    for path in sorted([*PROJECT.glob("[a-z]*/migrations/*.py"), PROJECT / "requirements" / "run.lock"]):
        digest.update(str(path.relative_to(PROJECT)).encode() + b"\0" + path.read_bytes() + b"\0")
    with psycopg.connect(database_url, connect_timeout=5) as connection:
        recorded = connection.execute(RECORDED).fetchone()
    return f"{digest.hexdigest()} {recorded}"
