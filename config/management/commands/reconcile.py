"""Comparing us with Stripe, once."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from treasury.balance_transactions import poll_movements
from treasury.models import IN_SUSPENSE, BalanceTransaction


class Command(BaseCommand):
    help = "Read our balance's movements at Stripe, book what is new, and say what has no name."

    def handle(self, *args: Any, **options: Any) -> None:
        fresh = poll_movements(at=timezone.now())
        unnamed = BalanceTransaction.objects.filter(journal_key=None).count()
        suspended = BalanceTransaction.objects.filter(IN_SUSPENSE).count()
        self.stdout.write(f"{fresh} new movements, {unnamed} not named yet, {suspended} in suspense")
