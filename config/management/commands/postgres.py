import os
from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from config import embedded_postgres
from config.home import home_of


class Command(BaseCommand):
    help = "Start, stop or remove the embedded PostgreSQL, or say its address."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("verb", choices=("start", "stop", "remove", "status"))

    def handle(self, *, verb: str, **_: object) -> None:
        home = home_of(os.environ)
        if verb == "start":
            self.stdout.write(embedded_postgres.start(home))
        elif verb == "stop":
            embedded_postgres.stop(home)
        elif verb == "remove":
            embedded_postgres.remove(home)
        else:
            self.stdout.write("running" if embedded_postgres.is_running(home) else "stopped")
