"""New days for what waits, when a policy has changed."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from payouts.models import PayoutItem, PayoutPolicy, PayoutSchedule
from payouts.scheduling import redate_items, schedule_earnings

SELLERS_AT_ONCE = 200


def apply_new_policies(*, at: datetime, go_on: Callable[[], bool] = lambda: True) -> int:
    """Move what waits to the days of the policies that were set since the last time.

    Some sellers at a time, each time committed; what is reserved is not touched. Stopped half-way, it begins
    anew. Answers how many items moved.
    """
    moved = 0
    for policy in PayoutPolicy.objects.filter(redated_at=None).order_by("pk"):
        sellers = _sellers_under(policy)
        for start in range(0, len(sellers), SELLERS_AT_ONCE):
            if not go_on():
                return moved
            moved += _redate(sellers[start : start + SELLERS_AT_ONCE], at=at)
        PayoutPolicy.objects.filter(pk=policy.pk).update(redated_at=at)
    return moved


def _sellers_under(policy: PayoutPolicy) -> list[int]:
    """Whom a version concerns, of those who have something waiting."""
    if policy.seller_id:
        return [policy.seller_id]
    waiting = PayoutSchedule.objects.filter(state=PayoutSchedule.State.SCHEDULED)
    return list(waiting.order_by("seller").values_list("seller", flat=True).distinct())


@transaction.atomic
def _redate(sellers: list[int], *, at: datetime) -> int:
    """Also what a manual policy left without a day gets one, if the new policy knows it."""
    schedule_earnings(None, at=at)
    return redate_items(PayoutItem.objects.filter(schedule__seller__in=sellers), at=at)
