"""Proving that a backup brings everything back."""

import signal
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from config.drill.drilling import run_drill
from config.drill.scratch import ENDINGS
from config.drill.verdicts import DrillFailed


class Command(BaseCommand):
    help = (
        "Restore a dump beside the database, audit it, replay it from Stripe to equality, and drop it again."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--from",
            dest="dump",
            type=Path,
            metavar="FILE",
            help="This dump (pg_dump --format=custom), or the newest *.dump in this folder, not one of now.",
        )
        parser.add_argument("--into", metavar="URL", help="Restore it on that server, and not on the same.")
        parser.add_argument("--keep", action="store_true", help="Keep the copy, if all went well.")

    def handle(self, *args: Any, **options: Any) -> None:
        for ending in ENDINGS:
            signal.signal(ending, signal.default_int_handler)
        try:
            run_drill(
                settings.DATABASE_URL,
                say=self._say,
                dump=options["dump"],
                into=options["into"],
                keep=options["keep"],
            )
        except DrillFailed as failed:
            self.stderr.write(f"The drill does not hold. {failed}")
            sys.exit(1)
        self.stdout.write("The drill holds.")

    def _say(self, step: str) -> None:
        self.stdout.write(step)
        self.stdout.flush()
