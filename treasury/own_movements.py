"""Movements of our own balance that nobody has named, or that moved another amount than was booked."""

from datetime import datetime

from django.db.models import Q

from ledger.balances import moved_minor
from ledger.models import Journal
from treasury.differences import About, Difference, Kind, keep_differences, open_breaks
from treasury.models import IN_SUSPENSE, BalanceTransaction, Break
from treasury.naming import SUSPENSE

REST = ":rest"


def compare_movements(*, at: datetime) -> int:
    """Those that wait for their journal, stand in suspense, or left a rest there. Nothing is asked of Stripe.

    What is told of a charge, a transfer or a payout itself, or was explained, is not told once more.
    """
    unnamed = list(BalanceTransaction.objects.filter(journal_key=None))
    suspended = list(BalanceTransaction.objects.filter(IN_SUSPENSE))
    rests = _rests()
    booked_amiss = list(BalanceTransaction.objects.filter(stripe_id__in=rests))
    told = _told_elsewhere([*unnamed, *suspended, *booked_amiss])
    found = [_difference(row, 0) for row in (*unnamed, *suspended) if row.source not in told]
    found += [
        _difference(row, row.amount_minor - rests[row.stripe_id])
        for row in booked_amiss
        if row.source not in told
    ]
    standing = open_breaks().filter(object_type=About.MOVEMENT, account_id="")
    looked = {
        *standing.values_list("object_type", "object_id"),
        *((f.object_type, f.object_id) for f in found),
    }
    return keep_differences(looked, [one for one in found if one.expected_minor != one.found_minor], at=at)


def _rests() -> dict[str, int]:
    """By movement what it moved beyond its journal."""
    keys = Journal.objects.filter(key__startswith="suspense:", key__endswith=REST)
    moved = moved_minor(SUSPENSE, keys.values_list("key", flat=True))
    return {key.split(":")[1]: -sum(by_currency.values()) for key, by_currency in moved.items()}


def _told_elsewhere(rows: list[BalanceTransaction]) -> set[str]:
    told = Break.objects.filter(object_id__in=[row.source for row in rows if row.source])
    told = told.filter(Q(resolved_at=None) | Q(explained_by__isnull=False))
    return set(told.values_list("object_id", flat=True))


def _difference(row: BalanceTransaction, expected_minor: int) -> Difference:
    """One that may still be named is as young as our knowledge of it."""
    return Difference(
        kind=Kind.AMOUNT if expected_minor else Kind.UNKNOWN,
        object_type=About.MOVEMENT,
        object_id=row.stripe_id,
        currency=row.currency,
        expected_minor=expected_minor,
        found_minor=row.amount_minor,
        made_at=row.kept_at,
    )
