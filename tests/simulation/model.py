"""What the books must say, reckoned from who paid what: a second, simpler mind."""

from __future__ import annotations

from collections import Counter

from payments.models import Transaction
from payouts.models import PayoutItem
from tests.simulation.world import World

RATE_BASIS_POINTS = 700


def disagreements(world: World, *, at_rest: bool) -> list[str]:
    """Where the books say otherwise. At rest nothing may be missing; before that, nothing may be too much."""
    lines = {(pk, kind): minor for pk, kind, minor in _lines()}
    completed = {pk for pk, _ in lines}
    found = [f"{pk} is completed, and nobody paid" for pk in sorted(completed - world.charged.keys())]
    if at_rest:
        found += [f"{pk} was paid and is not completed" for pk in sorted(world.charged.keys() - completed)]
    for pk in sorted(completed & world.charged.keys()):
        commission_minor = (world.charged[pk].total_minor * RATE_BASIS_POINTS + 5_000) // 10_000
        split = {"commission": commission_minor, "payout": world.charged[pk].total_minor - commission_minor}
        told = {kind: lines.get((pk, kind)) for kind in split}
        found += [f"{pk} is split {told} and not {split}"] if told != split else []
    owed, paid = _owed_for(world, completed), _paid()
    if any(paid[seller] > owed[seller] for seller in paid) or (at_rest and paid != owed):
        found.append(f"sellers are owed {dict(owed)} and have {dict(paid)}")
    return found


def _lines() -> list[tuple]:
    return list(Transaction.objects.values_list("payment_intent_id", "type", "amount_minor"))


def _owed_for(world: World, completed: set) -> Counter[int]:
    owed: Counter[int] = Counter()
    for pk in completed & world.charged.keys():
        total_minor = world.charged[pk].total_minor
        owed[world.charged[pk].seller_id] += total_minor - (total_minor * RATE_BASIS_POINTS + 5_000) // 10_000
    return owed


def _paid() -> Counter[int]:
    paid: Counter[int] = Counter()
    for seller_id, net_minor in PayoutItem.objects.filter(state="paid").values_list(
        "schedule__seller_id", "net_minor"
    ):
        paid[seller_id] += net_minor
    return paid
