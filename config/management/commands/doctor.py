"""What is not ready for going live, in sentences."""

import sys
from collections.abc import Iterator
from io import TextIOWrapper
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, InterfaceError

from config.readiness import of_database, of_running, of_stripe, of_surroundings
from config.readiness.findings import Finding, Question, not_ready

QUESTIONS: tuple[Question, ...] = (
    of_surroundings.keys,
    of_surroundings.django_itself,
    of_surroundings.hosts,
    of_surroundings.secrets,
    of_surroundings.letters,
    of_database.migrations,
    of_database.role,
    of_database.durability,
    of_database.backups,
    of_stripe.payouts_of_our_own,
    of_stripe.endpoints,
    of_running.operators,
    of_running.audits,
    of_running.breakers,
)


class Command(BaseCommand):
    help = "Say what is ready for going live and what is not; exit 1 if anything is not."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8")
        is_ready = True
        for question in QUESTIONS:
            for finding in _answers(question):
                self.stdout.write(str(finding))
                is_ready = is_ready and finding.verdict != "not ready"
        if not is_ready:
            sys.exit(1)


def _answers(question: Question) -> Iterator[Finding]:
    """One that the database cannot answer keeps the others from nothing."""
    try:
        yield from question()
    except (DatabaseError, InterfaceError) as failure:
        what = question.__name__.replace("_", " ")
        yield not_ready(f"The database does not answer about {what} ({type(failure).__name__}).")
