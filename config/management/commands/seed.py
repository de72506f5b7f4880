"""Making the demo world."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from config.demo_world import seed_people
from config.seeding import seed_sales


class Command(BaseCommand):
    help = "Make the demo world: Bo buys, Saga sells, Olga and Otto operate, Mallory owns nothing."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--payments", type=int, default=0, help="So many completed sales besides.")
        parser.add_argument("--sellers", type=int, default=1, help="Among so many sellers; Saga is one.")

    def handle(self, *args: Any, **options: Any) -> None:
        payments, sellers = options["payments"], options["sellers"]
        if payments < 0 or sellers < 1:
            raise CommandError("--payments is 0 or more, and --sellers 1 or more.")
        password = settings.ENVIRONMENT.demo_password
        made = seed_people(password=password)
        self.stdout.write(f"{made} people made")
        if payments:
            began, self.told_at = time.monotonic(), time.monotonic()
            seed_sales(
                payments,
                sellers=sellers,
                password=password,
                at=timezone.now(),
                told=lambda d: self._tell(d, payments),
            )
            self.stdout.write(f"{payments} sales made in {time.monotonic() - began:.0f} s")

    def _tell(self, done: int, wanted: int) -> None:
        """How far it is, each five seconds. Whoever stops it keeps what is there: each thousand is whole."""
        if time.monotonic() - self.told_at >= 5:
            self.told_at = time.monotonic()
            self.stdout.write(f"  {done} of {wanted}")
