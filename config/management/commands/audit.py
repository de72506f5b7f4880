"""Looking at everything that must be true of the money, once."""

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from audit.auditing import Finding, audit_all


class Command(BaseCommand):
    help = "See whether all that must be true of the money is; exit 1 and the ids if something is not."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Answer as JSON, for machines.")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = audit_all(at=timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps([asdict(finding) for finding in findings], indent=2))
        else:
            self.stdout.write("\n".join(map(_told, findings)) or "Everything holds.")
        if findings:
            sys.exit(1)


def _told(finding: Finding) -> str:
    return f"{finding.number} does not hold: {finding.sentence}\n  {', '.join(finding.ids)}"
