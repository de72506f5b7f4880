"""Whether the tables are those that this code was written for: asked often, so asked in one statement."""

from functools import lru_cache

from django.db import connection
from django.db.migrations.loader import MigrationLoader


def unapplied_migrations() -> list[str]:
    """Those of this code that the database has not had. It may have had others: newer code migrates first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        applied = set(cursor.fetchall())
    return [f"{app}.{name}" for app, name in _of_this_code() if (app, name) not in applied]


@lru_cache(maxsize=1)
def _of_this_code() -> list[tuple[str, str]]:
    return sorted(MigrationLoader(None).disk_migrations)
