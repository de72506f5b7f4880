import os

from django.core.management.base import BaseCommand

from config import embedded_postgres
from config.home import HomeInUse, home_of, locked, remove_home
from config.sentences import Refusal


class DemoIsRunning(Refusal):
    """What a running demo stands on is not taken away."""


class Command(BaseCommand):
    help = "Stop the embedded PostgreSQL, the tests' too, and remove the data of this home."
    requires_system_checks: list[str] = []

    def handle(self, **_: object) -> None:
        home = home_of(os.environ)
        if not home.is_dir():
            return
        try:
            with locked(home / "demo.lock", wait=False):
                for within in (home, *home.glob("*")):
                    if (within / "postgres.lock").exists():
                        embedded_postgres.remove(within)
                remove_home(home)
        except HomeInUse:
            raise DemoIsRunning(f"A demo of {home} is running: stop it first.") from None
