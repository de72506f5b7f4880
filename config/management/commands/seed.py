"""Making the demo world."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config.demo_world import seed_people


class Command(BaseCommand):
    help = "Make the demo world: Bo buys, Saga sells, Olga and Otto operate, Mallory owns nothing."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        made = seed_people(password=settings.ENVIRONMENT.demo_password)
        self.stdout.write(f"{made} people made")
