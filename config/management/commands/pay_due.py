"""Paying what is due, once."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from config.stopping import stopping_on_signals
from payouts.processors import PayoutProcessor
from treasury.polling import poll


class Command(BaseCommand):
    help = "Pay the schedules that are due. `--at` (sandbox only) does it as if it were then."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--at", help="A time with its offset, such as 2026-11-30T08:00+01:00.")

    def handle(self, *args: Any, **options: Any) -> None:
        at, stopping = _moment(options["at"]), stopping_on_signals()
        poll(at=timezone.now())
        moved = PayoutProcessor.pay_due_schedules(at=at, go_on=lambda: not stopping.is_set())
        self.stdout.write(f"{moved} schedules moved")


def _moment(text: str | None) -> datetime:
    if text is None:
        return timezone.now()
    if not settings.SANDBOX_WORLD:
        raise CommandError("--at is for the sandbox: live payouts are made on their day.")
    try:
        at = datetime.fromisoformat(text)
    except ValueError as refused:
        raise CommandError(f"{text} is no time: write it as 2026-11-30T08:00+01:00.") from refused
    if at.tzinfo is None:
        raise CommandError("Say the offset too: 2026-11-30T08:00+01:00.")
    return at
