"""The journal of each movement: one that is written for its source, one of its own, or suspense."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from faults.crashpoints import crashpoint
from ledger.balances import moved_minor
from ledger.posting import JournalDraft, Line, post_journals
from payouts.bank_days import PLATFORM_ZONE
from payouts.scheduling import keep_availability
from treasury.known import CHARGES, MAY_BE_TOLD_OF, written_keys
from treasury.models import IN_SUSPENSE, BalanceTransaction

UNNAMED_AT_MOST = timedelta(hours=1)
MOST_AT_ONCE = 1_000

CLEARING, FEES, SUSPENSE = "stripe:clearing", "platform:stripe_fees", "suspense"
FX, HELD_BY_STRIPE, OUR_BANK = "fx:position", "stripe:reserved", "bank:platform"
# What stands on the other side where the type alone says whose money it is, and what its journal is called.
BY_TYPE = {
    **dict.fromkeys(("stripe_fee", "stripe_fx_fee", "tax_fee"), ("fee:{}:own", FEES)),
    **dict.fromkeys(("topup", "topup_reversal"), ("topup:{}", OUR_BANK)),
    **dict.fromkeys(
        (
            "reserve_transaction",
            "reserved_funds",
            "reserve_hold",
            "reserve_release",
            "payment_network_reserve_hold",
            "payment_network_reserve_release",
            "payout_minimum_balance_hold",
            "payout_minimum_balance_release",
        ),
        ("stripe_hold:{}", HELD_BY_STRIPE),
    ),
}

Rows = list[BalanceTransaction]


def name_movements(*, at: datetime) -> int:
    """Find the journal of each movement that has none; what nobody knows goes to suspense. Answers how many.

    What may still be told of, a charge whose webhook is on its way, waits up to an hour for its journal;
    one that comes later takes its movement out of suspense again.
    """
    return sum(_name(batch, at=at) for batch in _batches())


def _open() -> QuerySet[BalanceTransaction]:
    return BalanceTransaction.objects.filter(Q(journal_key=None) | IN_SUSPENSE).order_by("pk")


def _batches() -> Iterable[list[int]]:
    """In the order they came; each is looked at once, named or not."""
    last = 0
    while batch := list(_open().filter(pk__gt=last).values_list("pk", flat=True)[:MOST_AT_ONCE]):
        yield batch
        last = batch[-1]


@transaction.atomic
def _name(ids: list[int], *, at: datetime) -> int:
    """Of two who do this the second finds it done; so no movement has two journals."""
    rows = list(_open().filter(pk__in=ids).select_for_update())
    keys = written_keys(rows)
    known = [row for row in rows if row.stripe_id in keys]
    drafts = _corrections(known, keys, at=at)
    for row in rows:
        if row.stripe_id not in keys and (own := _own_journal(row, at=at)):
            drafts.append(own)
            keys[row.stripe_id] = own.key
    post_journals(drafts)
    for row in rows:
        if row.stripe_id in keys:
            BalanceTransaction.objects.filter(pk=row.pk).update(journal_key=keys[row.stripe_id])
    crashpoint("M2.movements_named")
    charges = {row.source: row.available_at for row in known if row.type in CHARGES}
    keep_availability({c: day.astimezone(PLATFORM_ZONE).date() for c, day in charges.items()}, at=at)
    return len(keys)


def _corrections(rows: Rows, keys: dict[str, str], *, at: datetime) -> list[JournalDraft]:
    """What our balance needs beside the journals that were written, so that it moves as Stripe moved it."""
    moved = moved_minor(CLEARING, keys.values())
    drafts = []
    for row in rows:
        by_currency = moved[keys[row.stripe_id]]
        if row.journal_key is not None:
            drafts.append(_out_of_suspense(row, at=at))
        if by_currency.keys() - {row.currency}:
            drafts += _conversion(row, by_currency, at=at)
        elif missing_minor := row.amount_minor - by_currency.get(row.currency, 0):
            drafts.append(_draft(row, f"suspense:{row.stripe_id}:rest", SUSPENSE, missing_minor, at=at))
    return drafts


def _out_of_suspense(row: BalanceTransaction, *, at: datetime) -> JournalDraft:
    """It was booked when nobody knew it; the journal that should have been has booked it since."""
    return _draft(row, f"suspense:{row.stripe_id}:named", SUSPENSE, -row.amount_minor, at=at)


def _conversion(
    row: BalanceTransaction, by_currency: dict[str, int], *, at: datetime
) -> Iterable[JournalDraft]:
    """Stripe settled it in another currency than it was booked in: both sides stand against `fx:position`."""
    yield _draft(row, f"fx:{row.stripe_id}", FX, row.amount_minor, at=at)
    for currency, minor in by_currency.items():
        yield _draft(row, f"fx:{row.stripe_id}:{currency}", FX, -minor, at=at, currency=currency)


def _own_journal(row: BalanceTransaction, *, at: datetime) -> JournalDraft | None:
    """The journal that is written for the movement itself; None while another may still stand for it."""
    if row.journal_key is not None:
        return None
    if row.type in BY_TYPE:
        key, other = BY_TYPE[row.type]
        return _draft(row, key.format(row.stripe_id), other, row.amount_minor, at=at)
    if row.type in MAY_BE_TOLD_OF and at - row.kept_at < UNNAMED_AT_MOST:
        return None
    return _draft(row, f"suspense:{row.stripe_id}", SUSPENSE, row.amount_minor, at=at)


def _draft(
    row: BalanceTransaction, key: str, other: str, minor: int, *, at: datetime, currency: str = ""
) -> JournalDraft:
    """So much onto our balance from the other account; below 0 the other way. Fees are booked apart."""
    line = Line(CLEARING, other, minor) if minor > 0 else Line(other, CLEARING, -minor)
    return JournalDraft(key=key, currency=currency or row.currency, lines=(line,), at=at)
