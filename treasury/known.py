"""Whose money a movement is, by its source: the journals of sales, transfers, reversals, our own payouts."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial

from gateway.models import StripeCall
from ledger.models import Journal
from payments.models import PaymentIntent
from treasury.models import BalanceTransaction, PlatformPayout

# A source and the key of a journal that may stand for its movement, whether it is written yet or not.
Candidates = Iterable[tuple[str, str]]
Finder = Callable[[list[str]], Candidates]

CHARGES = frozenset({"charge", "payment"})


def written_keys(rows: list[BalanceTransaction]) -> dict[str, str]:
    """By movement, the journal that is written for its source and stands for no other movement."""
    candidates = {row.stripe_id: keys for row, keys in _candidates(rows) if keys}
    every = {key for keys in candidates.values() for key in keys}
    free = set(Journal.objects.filter(key__in=every).values_list("key", flat=True))
    free -= set(
        BalanceTransaction.objects.filter(journal_key__in=every).values_list("journal_key", flat=True)
    )
    chosen = {}
    for stripe_id, keys in candidates.items():
        key = next((key for key in keys if key in free), None)
        if key is not None:
            chosen[stripe_id] = key
            free.remove(key)
    return chosen


def _candidates(rows: list[BalanceTransaction]) -> Iterable[tuple[BalanceTransaction, list[str]]]:
    for types, find in FINDERS:
        of_type = [row for row in rows if row.type in types and row.source]
        keys = defaultdict(list)
        for source, key in find([row.source for row in of_type]) if of_type else ():
            keys[source].append(key)
        yield from ((row, keys[row.source]) for row in of_type)


def _of_charges(sources: list[str]) -> Candidates:
    paid = PaymentIntent.objects.filter(stripe_charge_id__in=sources, outcome__isnull=False)
    for pk, charge, outcome in paid.values_list("pk", "stripe_charge_id", "outcome"):
        is_sale = outcome == PaymentIntent.Outcome.SALE
        yield str(charge), f"payment:{pk}" if is_sale else f"payment:{pk}:unapplied"


def _of_calls(purpose: str, sources: list[str]) -> Candidates:
    """A transfer's journal, and a reversal's, is named by its item."""
    calls = StripeCall.objects.filter(purpose=purpose, result_id__in=sources).order_by("pk")
    for item, result in calls.values_list("object_id", "result_id"):
        yield result, f"{purpose}:{item}"


def _of_payouts(what: str, sources: list[str]) -> Candidates:
    ours = PlatformPayout.objects.filter(stripe_payout_id__in=sources)
    for pk, payout in ours.values_list("pk", "stripe_payout_id"):
        yield str(payout), f"platform_payout:{pk}:{what}"


FINDERS: list[tuple[frozenset[str], Finder]] = [
    (CHARGES, _of_charges),
    (frozenset({"transfer"}), partial(_of_calls, "transfer")),
    (frozenset({"transfer_refund", "transfer_cancel"}), partial(_of_calls, "reversal")),
    (frozenset({"payout"}), partial(_of_payouts, "sent")),
    (frozenset({"payout_failure", "payout_cancel"}), partial(_of_payouts, "failed")),
]
# Of these a journal may still be on its way when Stripe has moved the money already.
MAY_BE_TOLD_OF = frozenset().union(*(types for types, _ in FINDERS))
