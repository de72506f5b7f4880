"""Taking transfers back, by an operator: only while the money still lies on the seller's account."""

from datetime import datetime

from django.db import transaction

from events.recording import record_event
from gateway.calls import withdraw_call
from gateway.client import StripeRefused
from gateway.models import StripeCall
from gateway.payouts import payout_of
from gateway.transfers import reverse_transfer, write_reversal
from ledger.chart import connected, in_transit
from ledger.posting import Line, post_journal
from payouts.debts import give
from payouts.locking import lock_seller
from payouts.models import PayoutAttempt, PayoutItem, PayoutSchedule
from payouts.scheduling import day_after, place_parts
from people.models import User

ItemState, State = PayoutItem.State, PayoutSchedule.State


class ReversalRefused(Exception):
    """The money does not lie on the seller's account, or may be leaving it; nothing was taken back."""


def reverse_schedule(schedule: PayoutSchedule, *, reason: str, by: User, at: datetime) -> int:
    """Take back every transfer of the schedule; answers how many. With a refused one the schedule stays.

    Raises:
        ReversalRefused: it is not transferred or returned, or a payout may be on its way.
        StripeAway: no definite answer; the same again goes on later.
    """
    calls = _write_reversals(schedule, reason=reason, by=by, at=at)
    taken = 0
    for item, call in calls:
        try:
            reverse_transfer(call, transfer_id=item.stripe_transfer_id or "", at=at)
        except StripeRefused:
            continue
        taken += _confirm(item, at=at)
    _conclude(schedule, by=by, at=at)
    return taken


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
    items = current.items.filter(state=ItemState.TRANSFERRED).order_by("pk")
    return [(item, write_reversal(item.pk, item.net_minor, at=at)) for item in items]


@transaction.atomic(durable=True)
def _confirm(item: PayoutItem, *, at: datetime) -> bool:
    """TRANSFERRED -> DROPPED: the money is with us again, and the seller's."""
    schedule = PayoutSchedule.objects.get(pk=item.schedule_id)
    lock_seller(schedule.seller_id)
    lying = PayoutItem.objects.filter(pk=item.pk, state=ItemState.TRANSFERRED)
    if not lying.update(
        state=ItemState.DROPPED, stripe_transfer_id=None, reason="The transfer was taken back."
    ):
        return False
    seller_id, currency = schedule.seller_id, schedule.currency
    given = give(seller_id, currency=currency, amount_minor=item.net_minor, debit=in_transit(seller_id))
    post_journal(
        key=f"reversal:{item.pk}",
        currency=currency,
        lines=[Line("stripe:clearing", connected(seller_id), item.net_minor), *given],
        at=at,
    )
    return True


@transaction.atomic(durable=True)
def _conclude(schedule: PayoutSchedule, *, by: User, at: datetime) -> None:
    """-> CANCELED when nothing of it is left; each line gets a new day."""
    lock_seller(schedule.seller_id)
    current = PayoutSchedule.objects.select_for_update(of=["self"]).get(pk=schedule.pk)
    left = current.items.filter(state=ItemState.TRANSFERRED)
    if left.exists() or current.state == State.CANCELED:
        PayoutSchedule.objects.filter(pk=current.pk).update(
            total_minor=sum(item.net_minor for item in left) or current.total_minor,
            is_being_reversed=False,
            updated_at=at,
        )
        return
    taken = current.items.filter(state=ItemState.DROPPED).select_related("earning")
    PayoutSchedule.objects.filter(pk=current.pk).update(
        state=State.CANCELED, reason="Its transfers were taken back.", updated_at=at
    )
    live = set(
        PayoutItem.objects.filter(earning__in=[item.earning_id for item in taken])
        .exclude(state=ItemState.DROPPED)
        .values_list("earning", "part")
    )
    free = [(item.earning, item.part) for item in taken if (item.earning_id, item.part) not in live]
    place_parts(free, at=at, not_before=day_after(at))
    record_event(
        "payout.reversed",
        subject_type="payout",
        subject_id=current.pk,
        at=at,
        actor_id=by.pk,
        audience=[current.seller_id],
    )
