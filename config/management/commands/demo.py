import os
import sys
from io import TextIOWrapper

from django.core.management.base import BaseCommand

from config.demo import run_demo


class Command(BaseCommand):
    help = "Start all of it, play the reference sale, tell the nine checks, and stay until Ctrl-C."
    requires_system_checks: list[str] = []

    def handle(self, **_: object) -> None:
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8")
        if not run_demo(os.environ):
            sys.exit(1)
