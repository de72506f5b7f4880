"""From our balance to the seller's account at Stripe: one transfer for one sale, and what becomes of each."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from gateway.calls import newest_call
from gateway.client import StripeAway, StripeRefused
from gateway.transfers import PURPOSE, make_transfer
from ledger.chart import connected, in_transit, payable, reserved
from ledger.posting import Line, post_journal
from payouts.models import Earning, PayoutItem, PayoutSchedule
from payouts.scheduling import schedule_earnings

ItemState = PayoutItem.State
State = PayoutSchedule.State


def transfer_items(schedule_id: UUID, *, at: datetime) -> None:
    """Send every reserved sale of the schedule; what Stripe leaves open stays reserved and is asked again."""
    waiting = PayoutItem.objects.filter(schedule=schedule_id, state=ItemState.RESERVED)
    for item in waiting.select_related("schedule", "earning").order_by("pk"):
        call = newest_call(purpose=PURPOSE, object_type="item", object_id=item.pk)
        assert call is not None
        try:
            transfer_id = make_transfer(call, at=at)
        except StripeAway:
            continue
        except StripeRefused as refused:
            _release(item, refused.code, at=at)
            continue
        _confirm(item, transfer_id, at=at)
    _conclude(schedule_id, at=at)


@transaction.atomic(durable=True)
def _confirm(item: PayoutItem, transfer_id: str, *, at: datetime) -> None:
    """RESERVED -> TRANSFERRED, once: the journal's key and the transfer's id refuse a second."""
    lying = PayoutItem.objects.filter(pk=item.pk, state=ItemState.RESERVED)
    if not lying.update(state=ItemState.TRANSFERRED, stripe_transfer_id=transfer_id):
        return
    seller_id = item.schedule.seller_id
    post_journal(
        key=f"transfer:{item.pk}",
        currency=item.schedule.currency,
        lines=[
            Line(connected(seller_id), "stripe:clearing", item.net_minor),
            Line(reserved(seller_id), in_transit(seller_id), item.net_minor),
        ],
        at=at,
    )


@transaction.atomic(durable=True)
def _release(item: PayoutItem, code: str, *, at: datetime) -> None:
    """RESERVED -> DROPPED: Stripe said no, and nothing was found there. The money is payable again."""
    lying = PayoutItem.objects.filter(pk=item.pk, state=ItemState.RESERVED)
    if not lying.update(state=ItemState.DROPPED, reason=f"Stripe refused ({code})."):
        return
    seller_id = item.schedule.seller_id
    post_journal(
        key=f"item:{item.pk}:release:{item.schedule.attempt}",
        currency=item.schedule.currency,
        lines=[Line(reserved(seller_id), payable(seller_id), item.net_minor)],
        at=at,
    )


@transaction.atomic(durable=True)
def _conclude(schedule_id: UUID, *, at: datetime) -> None:
    """SENDING -> TRANSFERRED when every sale is definite and one arrived; the others get a new schedule.

    When none arrived the schedule waits as it was, for its next attempt.
    """
    schedule = PayoutSchedule.objects.select_for_update().get(pk=schedule_id)
    if schedule.state != State.SENDING or schedule.items.filter(state=ItemState.RESERVED).exists():
        return
    refused = schedule.items.filter(state=ItemState.DROPPED).exclude(reason="")
    arrived = list(schedule.items.filter(state=ItemState.TRANSFERRED))
    if arrived:
        schedule.state = State.TRANSFERRED
        schedule.total_minor, schedule.item_count = sum(item.net_minor for item in arrived), len(arrived)
        elsewhere = list(Earning.objects.filter(items__in=refused))
    else:
        schedule.state, schedule.reason = State.SCHEDULED, refused.order_by("pk")[0].reason
        refused.update(state=ItemState.WAITING, reason="")
        elsewhere = []
    schedule.updated_at = at
    schedule.save(update_fields=["state", "reason", "total_minor", "item_count", "updated_at"])
    schedule_earnings(elsewhere, at=at)
