"""For who lost the app and the recovery codes, or whose password somebody else used to add a factor."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from notifications.guarding import take_second_factor_away
from people.models import User


class Command(BaseCommand):
    help = "Take a person's second factor away, and tell them by letter. Be sure of who asks for it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *, email: str, **_: Any) -> None:
        person = User.objects.filter(email=email.lower()).first()
        if person is None or not person.has_second_factor:
            raise CommandError(f"Nobody with {email} has a second factor.")
        take_second_factor_away(person, at=timezone.now())
        self.stdout.write(f"{email} signs in with the password alone, or sets up another app.")
