"""Comparing us with Stripe, once."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from treasury.balance_transactions import name_movements, poll_movements
from treasury.models import BalanceTransaction


class Command(BaseCommand):
    help = "Read our balance's movements at Stripe, book what is new, and say what has no name."

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        fresh = poll_movements(at=at)
        name_movements(at=at)
        unnamed = BalanceTransaction.objects.filter(journal_key=None).count()
        suspended = BalanceTransaction.objects.filter(journal_key__startswith="suspense:").count()
        self.stdout.write(f"{fresh} new movements, {unnamed} not named yet, {suspended} in suspense")
