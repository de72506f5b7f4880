import importlib.util
import subprocess
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config.home import PROJECT
from config.sentences import Refusal


class Command(BaseCommand):
    help = "Play a market of one seed, in a database and a Stripe of its own; exit 1 if it ends ill."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, required=True, help="The same seed plays the same market.")
        parser.add_argument("--steps", type=int, help="How many; as many as the tests play if left out.")

    def handle(self, **options: Any) -> None:
        if importlib.util.find_spec("pytest") is None:
            raise Refusal("The simulation needs what the tests need: `make check` installs it.")
        told = ["--seed", str(options["seed"])]
        told += ["--steps", str(options["steps"])] if options["steps"] else []
        sys.exit(subprocess.call([sys.executable, "-m", "tests.simulation", *told], cwd=PROJECT))
