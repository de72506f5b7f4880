import os
import sys
from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from config.addresses import require_free
from config.environment import Environment, read_environment


def sandbox_argv(environment: Environment) -> list[str]:
    """The sandbox is a program of its own and knows nothing of ours: it is told its port and its file."""
    store = environment.home / "sandbox.sqlite3"
    return [sys.executable, "-m", "sandbox", "--port", str(environment.sandbox_port), "--store", str(store)]


class Command(BaseCommand):
    help = "Run the sandbox, a local Stripe, at SANDBOX_PORT."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.epilog = "It becomes the process started: signals reach the sandbox itself."

    def handle(self, **_: object) -> None:
        environment = read_environment(os.environ)
        require_free(environment.sandbox_port, variable="SANDBOX_PORT")
        argv = sandbox_argv(environment)
        os.execv(argv[0], argv)
