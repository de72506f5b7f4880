"""The worker's process."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.worker import DUTIES, UnknownDuty, work


class Command(BaseCommand):
    help = "Do what waits: complete payments from webhooks, close auctions, pay sellers, send letters."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--only", default=",".join(DUTIES), help="Duties, separated by commas.")

    def handle(self, *args: Any, **options: Any) -> None:
        stopping = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stopping.set())
        try:
            work([duty.strip() for duty in options["only"].split(",") if duty.strip()], stopping=stopping)
        except UnknownDuty as refused:
            raise CommandError(str(refused)) from refused
