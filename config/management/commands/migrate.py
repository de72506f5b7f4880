"""Django's migrate, one at a time: two that race would both make the same table."""

from typing import Any

from django.core.management.commands.migrate import Command as Migrate
from django.db import connection

THE_TABLES = 5_210_471  # Any number that nobody else of ours locks.


class Command(Migrate):
    help = "Bring the tables in step with the code, as their owner."

    def handle(self, *args: Any, **options: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [THE_TABLES])
        try:
            super().handle(*args, **options)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [THE_TABLES])
