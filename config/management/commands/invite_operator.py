"""The first operator, and every other."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from notifications.asking import EmailTaken, NoEmail, invite_operator


class Command(BaseCommand):
    help = "Send a letter by which its reader becomes an operator; the worker sends it, the link holds a day."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--language", default="en", choices=[code for code, _ in settings.LANGUAGES])

    def handle(self, *, email: str, language: str, **_: Any) -> None:
        try:
            invite_operator(email, language=language, at=timezone.now())
        except NoEmail as refused:
            raise CommandError(f"{email} is no e-mail address.") from refused
        except EmailTaken as refused:
            raise CommandError(
                f"Somebody has {email} already: operators have an address of their own."
            ) from refused
        self.stdout.write(f"A letter to {email} waits to be sent. The link in it holds for a day.")
