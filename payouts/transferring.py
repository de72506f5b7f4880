"""From our balance to the seller's account at Stripe: one transfer for one item, and what becomes of each."""

from datetime import datetime
from enum import Enum
from uuid import UUID

from django.db import transaction

from events.recording import record_event
from faults.crashpoints import crashpoint
from faults.crossing import again_if_crossed
from gateway.calls import FoundAmiss, withdraw_call
from gateway.client import StripeAway, StripeRefused
from gateway.models import StripeCall
from gateway.transfers import make_transfer, transfer_of
from ledger.chart import connected, in_transit, payable, receivable, reserved
from ledger.posting import Line, post_journal
from payouts.holding import open_breaker, seller_is_held, trip_breaker
from payouts.locking import lock_seller
from payouts.models import PayoutItem, PayoutSchedule
from payouts.scheduling import day_after, place_again, postpone

ItemState, CallState = PayoutItem.State, StripeCall.State
State = PayoutSchedule.State

OF_THE_ACCOUNT = frozenset(
    {"transfers_not_allowed", "insufficient_capabilities_for_transfer", "account_invalid"}
)
OF_OUR_BALANCE = frozenset({"balance_insufficient"})


class Refusal(Enum):
    """How far a refusal reaches: this item alone, the seller's account, or our balance and so everybody."""

    ITEM = "item"
    ACCOUNT = "account"
    BALANCE = "balance"


def transfer_items(schedule_id: UUID, *, at: datetime) -> Refusal | None:
    """Send every reserved item of the schedule; what Stripe leaves open stays reserved and is asked again.

    After a refusal of the account or of our balance the items that were never sent are given back too.
    Answers the widest refusal that was met.
    """
    widest, code = None, ""
    waiting = PayoutItem.objects.filter(schedule=schedule_id, state=ItemState.RESERVED)
    for item in waiting.select_related("schedule", "earning").order_by("pk"):
        if open_breaker() or seller_is_held(item.schedule.seller_id):
            break
        if widest in (Refusal.ACCOUNT, Refusal.BALANCE):
            if withdraw_call(transfer_of(item.pk), reason=code):
                _release(item, code, at=at)
            continue
        refused = _send(item, at=at)
        if refused is not None:
            widest, code = _reach_of(refused), refused
    _conclude(schedule_id, at=at)
    return widest


def _send(item: PayoutItem, *, at: datetime) -> str | None:
    """Bring the item's call to an end, if it has one; answers the code of a refusal."""
    try:
        transfer_id = make_transfer(transfer_of(item.pk), at=at)
    except FoundAmiss as amiss:
        trip_breaker("transfer", reason=f"Item {item.pk}: {amiss}", at=at)
        return None
    except StripeAway:
        return None
    except StripeRefused as refused:
        _release(item, refused.code, at=at)
        return refused.code
    crashpoint("P9.sent")
    _confirm(item, transfer_id, at=at)
    return None


def _reach_of(code: str) -> Refusal:
    if code in OF_OUR_BALANCE:
        return Refusal.BALANCE
    return Refusal.ACCOUNT if code in OF_THE_ACCOUNT else Refusal.ITEM


@again_if_crossed
@transaction.atomic(durable=True)
def _confirm(item: PayoutItem, transfer_id: str, *, at: datetime) -> None:
    """RESERVED -> TRANSFERRED, once: the journal's key and the transfer's id refuse a second."""
    item = _as_it_is(item)
    call = transfer_of(item.pk)
    if item.state != ItemState.RESERVED or (call.state, call.result_id) != (CallState.DONE, transfer_id):
        return
    PayoutItem.objects.filter(pk=item.pk).update(state=ItemState.TRANSFERRED, stripe_transfer_id=transfer_id)
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
    crashpoint("P10.confirmed")


@again_if_crossed
@transaction.atomic(durable=True)
def _release(item: PayoutItem, code: str, *, at: datetime) -> None:
    """RESERVED -> DROPPED: Stripe said no, and nothing was found there. The money is payable again.

    Who hears of an old refusal when the item is reserved anew does nothing: its newest call is open.
    """
    item = _as_it_is(item)
    if item.state != ItemState.RESERVED or transfer_of(item.pk).state != CallState.REFUSED:
        return
    PayoutItem.objects.filter(pk=item.pk).update(state=ItemState.DROPPED, reason=f"Stripe refused ({code}).")
    seller_id = item.schedule.seller_id
    post_journal(
        key=f"item:{item.pk}:release:{item.schedule.attempt}",
        currency=item.schedule.currency,
        lines=[
            Line(reserved(seller_id), payable(seller_id), item.net_minor),
            Line(receivable(seller_id), payable(seller_id), item.netted_minor),
        ],
        at=at,
    )


def _as_it_is(item: PayoutItem) -> PayoutItem:
    """The item and its schedule as they are now, the seller held: whoever slept may know an older attempt."""
    lock_seller(item.schedule.seller_id)
    return PayoutItem.objects.select_related("schedule").get(pk=item.pk)


@again_if_crossed
@transaction.atomic(durable=True)
def _conclude(schedule_id: UUID, *, at: datetime) -> None:
    """SENDING -> TRANSFERRED when every item is definite and one arrived; the others get a new schedule.

    When none arrived the schedule waits for the next run, and its next attempt.
    """
    seller_id = PayoutSchedule.objects.values_list("seller", flat=True).get(pk=schedule_id)
    lock_seller(seller_id)
    schedule = PayoutSchedule.objects.select_for_update().get(pk=schedule_id)
    if schedule.state != State.SENDING or schedule.items.filter(state=ItemState.RESERVED).exists():
        return
    if schedule.items.filter(state=ItemState.TRANSFERRED).exists():
        _go_on(schedule, at=at)
    else:
        _go_back(schedule, at=at)
    crashpoint("P11.concluded")


def _go_on(schedule: PayoutSchedule, *, at: datetime) -> None:
    arrived = list(schedule.items.filter(state=ItemState.TRANSFERRED))
    schedule.state, schedule.updated_at = State.TRANSFERRED, at
    schedule.total_minor = sum(item.net_minor for item in arrived)
    schedule.item_count = schedule.items.exclude(state=ItemState.DROPPED).count()
    schedule.save(update_fields=["state", "total_minor", "item_count", "updated_at"])
    place_again(schedule.items.filter(state=ItemState.DROPPED), at=at, not_before=day_after(at))
    record_event(
        "payout.transferred",
        subject_type="payout",
        subject_id=schedule.pk,
        at=at,
        audience=[schedule.seller_id],
        details={"total_minor": schedule.total_minor, "currency": schedule.currency},
    )


def _go_back(schedule: PayoutSchedule, *, at: datetime) -> None:
    """SENDING -> SCHEDULED, for the next run; its items wait again with what they were worth."""
    refused = list(schedule.items.filter(state=ItemState.DROPPED).order_by("pk"))
    reason = refused[0].reason
    for item in refused:
        item.state, item.reason = ItemState.WAITING, ""
        item.netted_minor = 0  # Its netting was mirrored with the release.
        item.net_minor = item.gross_minor - item.refunded_minor - item.contested_minor
        item.save(update_fields=["state", "reason", "netted_minor", "net_minor"])
    schedule.total_minor = sum(item.net_minor for item in refused)
    schedule.state, schedule.updated_at, schedule.is_closed = State.SCHEDULED, at, True
    schedule.save(update_fields=["state", "total_minor", "updated_at", "is_closed"])
    postpone(schedule, reason=reason, at=at)
