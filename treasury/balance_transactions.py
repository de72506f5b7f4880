"""Every movement of our balance at Stripe, kept once, and the journal of its fee with it."""

from datetime import UTC, datetime
from operator import attrgetter

from django.db import connection, transaction

from faults.crashpoints import crashpoint
from gateway.balance_transactions import Movement, list_movements
from ledger.posting import JournalDraft, Line, post_journals
from treasury.looking_back import BACK, look_back
from treasury.models import Watermark
from treasury.naming import name_movements

POLLER = "balance_transactions"
EVER = datetime(2011, 1, 1, tzinfo=UTC)

CLEARING, FEES = "stripe:clearing", "platform:stripe_fees"
KEPT_AS_TOLD = (
    "id",
    "type",
    "source",
    "currency",
    "amount_minor",
    "fee_minor",
    "net_minor",
    "available_at",
    "created_at",
)


def poll_movements(*, at: datetime) -> int:
    """Read what moved since the last time, keep and book it, and name what waits. Answers how many were new.

    Raises:
        StripeAway, StripeRefused: what was read before is kept and named; the watermark stays.
    """
    try:
        return _read_on(at=at)
    finally:
        name_movements(at=at)


def _read_on(*, at: datetime) -> int:
    """The watermark moves when all that lies before it is committed, and never back."""
    mark, _ = Watermark.objects.get_or_create(name=POLLER, defaults={"at": EVER})
    kept, newest = look_back(
        POLLER,
        list_movements(since=max(EVER, mark.at - BACK)),
        lambda page, newest: keep_movements(page, at=at),
        made_at=attrgetter("created_at"),
        mark=mark.at,
        seen_upto=mark.at,
        at=at,
    )
    crashpoint("M1.movements_kept")
    Watermark.objects.filter(name=POLLER, at__lt=newest).update(at=newest)
    return kept


@transaction.atomic
def keep_movements(movements: list[Movement], *, at: datetime) -> int:
    """Keep those that are new, and book their fees. Again adds nothing. Answers how many were new."""
    fresh = _insert(movements, at=at)
    with_fee = [movement for movement in movements if movement.id in fresh and movement.fee_minor]
    post_journals([_fee_journal(movement, at=at) for movement in with_fee])
    return len(fresh)


def _insert(movements: list[Movement], *, at: datetime) -> set[str]:
    """The ids of those that were not known."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO treasury_balancetransaction (stripe_id, type, source, currency, amount_minor,
                fee_minor, net_minor, available_at, created_at, kept_at)
            SELECT *, %s FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[],
                %s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[])
            ON CONFLICT (stripe_id) DO NOTHING RETURNING stripe_id
            """,
            [at, *([getattr(movement, name) for movement in movements] for name in KEPT_AS_TOLD)],
        )
        return {stripe_id for (stripe_id,) in cursor.fetchall()}


def _fee_journal(movement: Movement, *, at: datetime) -> JournalDraft:
    """The fee that came with a movement; one that was given back goes the other way."""
    fee_minor = movement.fee_minor
    line = Line(FEES, CLEARING, fee_minor) if fee_minor > 0 else Line(CLEARING, FEES, -fee_minor)
    return JournalDraft(key=f"fee:{movement.id}", currency=movement.currency, lines=(line,), at=at)
