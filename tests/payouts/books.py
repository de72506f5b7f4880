"""A second, simpler mind: where every line's money is by its items must be where the books say it is.

Named as in ledger.md: L1 lines = books, L2 what is on its way, L8 a payout is what its schedules sum to.
"""

from __future__ import annotations

from collections import Counter

from ledger.balances import balance_minor
from ledger.models import Journal
from payouts.models import Earning, PayoutAttempt, PayoutItem, PayoutSchedule

Where = tuple[int, str, str]
PLACE_OF_STATE = {"waiting": "payable", "reserved": "reserved", "transferred": "in_transit"}
PLACES = ("payable", "rolling_reserve", "reserved", "in_transit", "contested")


def assert_books_hold() -> None:
    """L1, L2, L8, and that a line is completed when all of it is in the bank or settled, and only then."""
    assert lines() == books()
    for seller, currency in set(Earning.objects.values_list("seller", "currency")):
        connected = balance_minor(f"stripe:connected:{seller}", currency)
        bank = balance_minor(f"bank:transit:{seller}", currency)
        on_its_way = PayoutAttempt.objects.filter(seller=seller, currency=currency, state="in_transit")
        assert connected + bank == balance_minor(f"seller:{seller}:in_transit", currency)
        assert bank == sum(attempt.amount_minor for attempt in on_its_way)
    for schedule in PayoutSchedule.objects.exclude(state="canceled"):
        live = schedule.items.exclude(state="dropped")
        assert schedule.total_minor == sum(item.net_minor for item in live), schedule
        assert schedule.item_count == len(live) or schedule.state == "scheduled", schedule
    for attempt in PayoutAttempt.objects.filter(state__in=["in_transit", "paid"]):
        assert attempt.amount_minor == sum(s.total_minor for s in attempt.schedules.all()), attempt
    for earning in Earning.objects.all():
        done = earning.items.filter(state__in=["paid", "settled"])
        is_whole = sum(item.gross_minor for item in done) == earning.amount_minor
        assert (earning.status == "completed") == is_whole, earning


def books() -> Counter[Where]:
    """What the accounts say of each seller's money."""
    found: Counter[Where] = Counter()
    for seller, currency in set(Earning.objects.values_list("seller", "currency")):
        for place in PLACES:
            if minor := balance_minor(f"seller:{seller}:{place}", currency):
                found[seller, currency, place] = minor
    return found


def lines() -> Counter[Where]:
    """What the lines and their parts say."""
    found: Counter[Where] = Counter()
    for earning in Earning.objects.all():
        for part, gross_minor in (
            ("sale", earning.amount_minor - earning.kept_minor),
            ("reserve_release", earning.kept_minor),
        ):
            place, minor = _standing(earning, part, gross_minor)
            if minor:
                found[earning.seller_id, earning.currency, place] += minor
    return found


def _standing(earning: Earning, part: str, gross_minor: int) -> tuple[str, int]:
    items = earning.items.filter(part=part).order_by("pk")
    live = items.exclude(state="dropped").first()
    if live is not None:
        return PLACE_OF_STATE.get(live.state, ""), live.net_minor if live.state in PLACE_OF_STATE else 0
    released = Journal.objects.filter(key=f"reserve:{earning.payment_id}:released").exists()
    if part == "reserve_release" and not released:
        return "rolling_reserve", gross_minor
    return "payable", gross_minor - _gone_to_a_debt(items.last())


def _gone_to_a_debt(dropped: PayoutItem | None) -> int:
    """What was netted stays netted when a transfer is taken back; a refusal mirrors it."""
    taken_back = dropped and Journal.objects.filter(key=f"reversal:{dropped.pk}").exists()
    return dropped.netted_minor if dropped and taken_back else 0
