"""Taking transfers back, by an operator: only while the money still lies on the seller's account.

What is left open goes on with the next run: nothing that was begun depends on being asked for twice.
"""

import contextlib
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from events.recording import record_event
from faults.crossing import again_if_crossed
from gateway.calls import newest_call, withdraw_call
from gateway.client import StripeAway, StripeRefused
from gateway.models import StripeCall
from gateway.payouts import payout_of
from gateway.transfers import REVERSAL, reverse_transfer, write_reversal
from ledger.chart import connected, in_transit, receivable
from ledger.posting import Line, post_journal
from payouts.debts import give
from payouts.locking import lock_seller
from payouts.models import PayoutAttempt, PayoutItem, PayoutSchedule
from payouts.scheduling import day_after, new_item, place_again
from payouts.standing import complete_earnings
from people.models import User

ItemState, State = PayoutItem.State, PayoutSchedule.State


class ReversalRefused(Exception):
    """The money does not lie on the seller's account, or may be leaving it; nothing was taken back."""

    code = "not_reversible"


def reverse_schedule(schedule: PayoutSchedule, *, reason: str, by: User, at: datetime) -> int:
    """Take back every transfer of the schedule; answers how many. With a refused one the schedule stays.

    Raises:
        ReversalRefused: it is not transferred or returned, or a payout may be on its way.
        StripeAway: no definite answer; the same again goes on later.
    """
    return _take_back(schedule, _write_reversals(schedule, reason=reason, by=by, at=at), by=by, at=at)


def go_on_reversing(schedule: PayoutSchedule, *, at: datetime) -> None:
    """Bring what an operator began to its end, as far as Stripe answers."""
    items = list(_lying(schedule))
    written = [newest_call(purpose=REVERSAL, object_type="item", object_id=item.pk) for item in items]
    calls = [(item, call) for item, call in zip(items, written, strict=True) if call is not None]
    with contextlib.suppress(StripeAway):
        _take_back(schedule, calls, by=None, at=at)


def _take_back(
    schedule: PayoutSchedule, calls: list[tuple[PayoutItem, StripeCall]], *, by: User | None, at: datetime
) -> int:
    taken = 0
    for item, call in calls:
        try:
            reverse_transfer(call, transfer_id=item.stripe_transfer_id or "", at=at)
        except StripeRefused:
            continue
        taken += _confirm(item, at=at)
    _conclude(schedule, by=by, at=at)
    return taken


def _lying(schedule: PayoutSchedule) -> QuerySet[PayoutItem]:
    """What of it is on the seller's account."""
    return schedule.items.filter(state=ItemState.TRANSFERRED).order_by("pk")


@again_if_crossed
@transaction.atomic(durable=True)
def _write_reversals(
    schedule: PayoutSchedule, *, reason: str, by: User, at: datetime
) -> list[tuple[PayoutItem, StripeCall]]:
    """The calls, committed. From here on no payout is made of it: what is marked so does not go on."""
    lock_seller(schedule.seller_id)
    current = PayoutSchedule.objects.select_for_update(of=["self"]).get(pk=schedule.pk)
    if current.state not in (State.TRANSFERRED, State.RETURNED):
        raise ReversalRefused("Only what lies on the seller's account at Stripe can be taken back.")
    attempt = current.payout
    if attempt is not None and attempt.state == PayoutAttempt.State.OPEN:
        if not withdraw_call(payout_of(attempt.pk), reason="withdrawn"):
            raise ReversalRefused("A payout of it may be on its way; try again when that is known.")
        PayoutAttempt.objects.filter(pk=attempt.pk).update(state=PayoutAttempt.State.REFUSED, updated_at=at)
    if not current.is_being_reversed:
        PayoutSchedule.objects.filter(pk=current.pk).update(
            is_being_reversed=True, reason=reason, updated_at=at
        )
        record_event(
            "payout.reversing",
            subject_type="payout",
            subject_id=current.pk,
            at=at,
            actor_id=by.pk,
            audience=[current.seller_id],
            details={"reason": reason},
        )
    return [(item, write_reversal(item.pk, item.net_minor, at=at)) for item in _lying(current)]


@again_if_crossed
@transaction.atomic(durable=True)
def _confirm(item: PayoutItem, *, at: datetime) -> bool:
    """TRANSFERRED -> DROPPED: the money is with us again, and the seller's; what was owed is paid off first.

    What is left of the line has a new day; nothing left, it is settled.
    """
    schedule = PayoutSchedule.objects.get(pk=item.schedule_id)
    lock_seller(schedule.seller_id)
    lying = PayoutItem.objects.filter(pk=item.pk, state=ItemState.TRANSFERRED)
    if not lying.update(
        state=ItemState.DROPPED, stripe_transfer_id=None, reason="The transfer was taken back."
    ):
        return False
    seller_id, currency = schedule.seller_id, schedule.currency
    given = give(seller_id, currency=currency, amount_minor=item.net_minor, debit=in_transit(seller_id))
    owed_minor = sum(line.amount_minor for line in given if line.credit == receivable(seller_id))
    post_journal(
        key=f"reversal:{item.pk}",
        currency=currency,
        lines=[Line("stripe:clearing", connected(seller_id), item.net_minor), *given],
        at=at,
    )
    _give_a_new_day(item, owed_minor, at=at)
    return True


def _give_a_new_day(item: PayoutItem, owed_minor: int, *, at: datetime) -> None:
    item.netted_minor, item.net_minor = item.netted_minor + owed_minor, item.net_minor - owed_minor
    PayoutItem.objects.filter(pk=item.pk).update(netted_minor=item.netted_minor, net_minor=item.net_minor)
    if item.net_minor:
        place_again([item], at=at, not_before=day_after(at))
        return
    settled = new_item(item.earning, item.part, netted_minor=item.netted_minor)
    settled.refunded_minor, settled.contested_minor = item.refunded_minor, item.contested_minor
    settled.schedule_id, settled.state, settled.net_minor = item.schedule_id, ItemState.SETTLED, 0
    settled.save(force_insert=True)
    complete_earnings([item.earning_id])


@again_if_crossed
@transaction.atomic(durable=True)
def _conclude(schedule: PayoutSchedule, *, by: User | None, at: datetime) -> None:
    """-> CANCELED when nothing of it is left; else it goes on with what Stripe would not take back."""
    lock_seller(schedule.seller_id)
    current = PayoutSchedule.objects.select_for_update(of=["self"]).get(pk=schedule.pk)
    if current.state not in (State.TRANSFERRED, State.RETURNED) or not current.is_being_reversed:
        return
    left = list(_lying(current))
    if left:
        PayoutSchedule.objects.filter(pk=current.pk).update(
            total_minor=sum(item.net_minor for item in left),
            item_count=current.items.exclude(state=ItemState.DROPPED).count(),
            is_being_reversed=False,
            reason="",
            updated_at=at,
        )
        return
    PayoutSchedule.objects.filter(pk=current.pk).update(
        state=State.CANCELED,
        is_being_reversed=False,
        reason="Its transfers were taken back.",
        updated_at=at,
    )
    record_event(
        "payout.reversed",
        subject_type="payout",
        subject_id=current.pk,
        at=at,
        actor_id=by.pk if by else None,
        audience=[current.seller_id],
    )
