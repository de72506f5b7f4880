"""Every movement of our balance at Stripe, booked once: its fee, and the journal that stands for it."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet

from gateway.balance_transactions import Movement, available_day, list_movements
from gateway.models import StripeCall
from ledger.models import Journal
from ledger.posting import JournalDraft, Line, post_journals
from payments.models import PaymentIntent
from payouts.bank_days import PLATFORM_ZONE
from payouts.models import PayoutItem
from payouts.scheduling import keep_availability
from treasury.models import BalanceTransaction, PlatformPayout, Watermark

POLLER = "balance_transactions"
OVERLAP = timedelta(minutes=15)
UNNAMED_AT_MOST = timedelta(hours=1)
EVER = datetime(2011, 1, 1, tzinfo=UTC)
MOST_NAMED_AT_ONCE = 1_000

CLEARING, FEES = "stripe:clearing", "platform:stripe_fees"
CHARGES = frozenset({"charge", "payment"})
STRIPES_FEES = frozenset({"stripe_fee", "stripe_fx_fee", "tax_fee"})
STRIPES_HOLDS = frozenset({"reserve_transaction", "reserved_funds", "reserve_hold", "reserve_release"})

Rows = Iterable[BalanceTransaction]
Keys = dict[str, str]


def poll_movements(*, at: datetime) -> int:
    """Read what moved since the last time, keep and book it, and name what waited. Answers how many were new.

    Raises:
        StripeAway, StripeRefused: what was read before is kept; the watermark stays.
    """
    mark = Watermark.objects.filter(name=POLLER).first()
    newest, fresh = mark.at if mark else EVER, 0
    for page in list_movements(since=newest - OVERLAP if mark else EVER):
        fresh += keep_movements(page, at=at)
        newest = max([newest, *(movement.created_at for movement in page)])
    Watermark.objects.update_or_create(name=POLLER, defaults={"at": newest})
    name_movements(at=at)
    return fresh


@transaction.atomic
def keep_movements(movements: list[Movement], *, at: datetime) -> int:
    """Keep those that are new, with their fees' journals and the day their charges' money can be moved.

    Again adds nothing. Answers how many were new.
    """
    fresh = _insert(movements, at=at)
    new = [movement for movement in movements if movement.id in fresh]
    post_journals([_fee_journal(m, at=at) for m in new if m.fee_minor])
    keep_availability(
        {m.source: available_day(m, PLATFORM_ZONE) for m in new if m.type in CHARGES and m.source}, at=at
    )
    return len(new)


def name_movements(*, at: datetime) -> int:
    """Find the journal of each movement that has none; what nobody knows goes to suspense. Answers how many.

    What may still be told of, a charge whose webhook is on its way, waits up to an hour for its journal.
    """
    named = 0
    for rows in _batches(_unnamed()):
        keys = _known_keys(rows)
        drafts = {row.stripe_id: draft for row in rows if (draft := _own_journal(row, keys, at=at))}
        named += _name(rows, keys | {stripe_id: draft.key for stripe_id, draft in drafts.items()}, drafts)
    return named


def _unnamed() -> QuerySet[BalanceTransaction]:
    return BalanceTransaction.objects.filter(journal_key=None).order_by("created_at", "pk")


def _batches(rows: QuerySet[BalanceTransaction]) -> Iterable[list[BalanceTransaction]]:
    """In the order they came; each is looked at once, named or not."""
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[:MOST_NAMED_AT_ONCE]):
        yield batch
        last = batch[-1].pk


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
            [
                at,
                *(
                    [getattr(movement, name) for movement in movements]
                    for name in (
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
                ),
            ],
        )
        return {stripe_id for (stripe_id,) in cursor.fetchall()}


def _fee_journal(movement: Movement, *, at: datetime) -> JournalDraft:
    """The fee that came with a movement; one that was given back goes the other way."""
    fee_minor = movement.fee_minor
    line = Line(FEES, CLEARING, fee_minor) if fee_minor > 0 else Line(CLEARING, FEES, -fee_minor)
    return JournalDraft(key=f"fee:{movement.id}", currency=movement.currency, lines=(line,), at=at)


def _known_keys(rows: list[BalanceTransaction]) -> Keys:
    """The journals, already written, of sales, transfers, reversals and our own payouts, by movement."""
    finders: list[tuple[frozenset[str], Callable[[list[str]], Keys]]] = [
        (CHARGES, _keys_of_charges),
        (frozenset({"transfer"}), _keys_of_transfers),
        (frozenset({"transfer_refund", "transfer_cancel"}), _keys_of_reversals),
        (frozenset({"payout"}), lambda sources: _keys_of_payouts(sources, "sent")),
        (frozenset({"payout_failure", "payout_cancel"}), lambda sources: _keys_of_payouts(sources, "failed")),
    ]
    keys: Keys = {}
    for types, find in finders:
        of_type = {row.source: row.stripe_id for row in rows if row.type in types and row.source}
        keys |= {of_type[source]: key for source, key in find(list(of_type)).items()} if of_type else {}
    written = set(Journal.objects.filter(key__in=list(keys.values())).values_list("key", flat=True))
    return {stripe_id: key for stripe_id, key in keys.items() if key in written}


def _keys_of_charges(sources: list[str]) -> Keys:
    paid = PaymentIntent.objects.filter(stripe_charge_id__in=sources, outcome__isnull=False)
    return {
        str(charge): f"payment:{pk}" + ("" if outcome == PaymentIntent.Outcome.SALE else ":unapplied")
        for pk, charge, outcome in paid.values_list("pk", "stripe_charge_id", "outcome")
    }


def _keys_of_transfers(sources: list[str]) -> Keys:
    calls = StripeCall.objects.filter(purpose="transfer", result_id__in=sources)
    items = {int(item): transfer for item, transfer in calls.values_list("object_id", "result_id")}
    known = PayoutItem.objects.filter(pk__in=list(items)).values_list("pk", flat=True)
    return {items[pk]: f"transfer:{pk}" for pk in known}


def _keys_of_reversals(sources: list[str]) -> Keys:
    calls = StripeCall.objects.filter(purpose="reversal", result_id__in=sources)
    return {reversal: f"reversal:{item}" for item, reversal in calls.values_list("object_id", "result_id")}


def _keys_of_payouts(sources: list[str], what: str) -> Keys:
    ours = PlatformPayout.objects.filter(stripe_payout_id__in=sources)
    return {str(po): f"platform_payout:{pk}:{what}" for pk, po in ours.values_list("pk", "stripe_payout_id")}


def _own_journal(row: BalanceTransaction, keys: Keys, *, at: datetime) -> JournalDraft | None:
    """The journal that is written for the movement itself; None while another may still stand for it."""
    if row.stripe_id in keys:
        return None
    if row.type in STRIPES_FEES:
        return _draft(row, f"fee:{row.stripe_id}:own", other=FEES, at=at)
    if row.type == "topup":
        return _draft(row, f"topup:{row.source or row.stripe_id}", other="bank:platform", at=at)
    if row.type in STRIPES_HOLDS:
        return _draft(row, f"stripe_hold:{row.stripe_id}", other="stripe:reserved", at=at)
    if row.type in MAY_BE_TOLD_OF and at - row.kept_at < UNNAMED_AT_MOST:
        return None
    return _draft(row, f"suspense:{row.stripe_id}", other="suspense", at=at)


MAY_BE_TOLD_OF = CHARGES | {"transfer", "transfer_refund", "payout", "payout_failure", "payout_cancel"}


def _draft(row: BalanceTransaction, key: str, *, other: str, at: datetime) -> JournalDraft:
    """The movement's amount between our balance and the other account; its fee is booked apart."""
    minor = row.amount_minor
    line = Line(CLEARING, other, minor) if minor > 0 else Line(other, CLEARING, -minor)
    return JournalDraft(key=key, currency=row.currency, lines=(line,), at=at)


@transaction.atomic
def _name(rows: Rows, keys: Keys, drafts: dict[str, JournalDraft]) -> int:
    """Write the journals and the names, each name once."""
    post_journals(list(drafts.values()))
    named = 0
    for row in rows:
        if key := keys.get(row.stripe_id):
            unnamed = BalanceTransaction.objects.filter(pk=row.pk, journal_key=None)
            named += unnamed.update(journal_key=key)
    return named
