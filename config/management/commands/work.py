"""The worker's process."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.stopping import stopping_on_signals
from config.worker import DUTIES, UnknownDuty, work


class Command(BaseCommand):
    help = "Do what waits: complete payments from webhooks, close auctions, pay sellers, send letters."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--only", default=",".join(DUTIES), help="Duties, separated by commas.")

    def handle(self, *args: Any, **options: Any) -> None:
        duties = [duty.strip() for duty in options["only"].split(",") if duty.strip()]
        try:
            work(duties, stopping=stopping_on_signals())
        except UnknownDuty as refused:
            raise CommandError(str(refused)) from refused
