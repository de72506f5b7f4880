"""Comparing us with Stripe, once."""

import sys
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from money.amounts import format_minor
from treasury.balance_transactions import poll_movements
from treasury.comparing import LAST, compare_between
from treasury.connected_accounts import compare_accounts
from treasury.differences import Kind, open_breaks
from treasury.looking_again import look_again
from treasury.missed_events import poll_events
from treasury.models import IN_SUSPENSE, BalanceTransaction, Break
from treasury.own_movements import compare_movements


class Command(BaseCommand):
    help = "Ask Stripe what no webhook told, book what moved, and say what differs; exit 1 if something does."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        events, movements = poll_events(at=at), poll_movements(at=at)
        compare_movements(at=at)
        compare_between(at - LAST, at=at)
        while compare_accounts(at=at):
            pass
        look_again(at=at)
        unnamed = BalanceTransaction.objects.filter(journal_key=None).count()
        suspended = BalanceTransaction.objects.filter(IN_SUSPENSE).count()
        self.stdout.write(f"{events} new events, {movements} new movements")
        self.stdout.write(f"{unnamed} movements not named yet, {suspended} in suspense")
        for line in _told():
            self.stdout.write(line)
        if open_breaks().exclude(kind=Kind.TIMING).exists():
            sys.exit(1)


def _told() -> Iterator[str]:
    """Each difference that is open, oldest first, and how many there are."""
    standing = open_breaks().order_by("first_seen_at", "pk")
    yield f"{standing.count()} differences are open"
    yield from map(_line, standing.iterator())


def _line(one: Break) -> str:
    found, expected = (format_minor(minor, one.currency) for minor in (one.found_minor, one.expected_minor))
    where = f" on {one.account_id}" if one.account_id else ""
    since = one.first_seen_at.isoformat(timespec="seconds")
    what = f"{one.kind} {one.object_type} {one.object_id}{where}"
    return f"{what}: {found} {one.currency} at Stripe, {expected} here, since {since}"
