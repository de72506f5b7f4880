"""Comparing us with Stripe, once."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from treasury.balance_transactions import poll_movements
from treasury.missed_events import poll_events
from treasury.models import IN_SUSPENSE, BalanceTransaction


class Command(BaseCommand):
    help = "Ask Stripe what no webhook told, book our balance's movements, and say what has no name."

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        events, movements = poll_events(at=at), poll_movements(at=at)
        unnamed = BalanceTransaction.objects.filter(journal_key=None).count()
        suspended = BalanceTransaction.objects.filter(IN_SUSPENSE).count()
        self.stdout.write(f"{events} new events, {movements} new movements")
        self.stdout.write(f"{unnamed} movements not named yet, {suspended} in suspense")
