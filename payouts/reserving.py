"""Reserving: the moment a schedule's money stops being payable and its calls are written."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from events.recording import record_event
from faults.crashpoints import crashpoint
from faults.crossing import again_if_crossed
from gateway.transfers import transfer_params, write_transfer
from ledger.chart import payable, receivable, reserved
from ledger.posting import JournalDraft, Line, post_journals
from payouts.bank_days import PLATFORM_ZONE
from payouts.holding import hold_schedule
from payouts.locking import lock_seller
from payouts.models import Earning, Hold, PayoutItem, PayoutSchedule
from payouts.scheduling import postpone
from payouts.situations import Obstacle, Situation, obstacle_to, read_situations
from payouts.standing import complete_earnings

ItemState, State = PayoutItem.State, PayoutSchedule.State


@again_if_crossed
@transaction.atomic(durable=True)
def reserve(schedule_id: UUID, *, at: datetime, is_solvent: bool = True) -> bool:
    """SCHEDULED -> SENDING, with the money in `reserved` and a call written for each sale.

    Destination and amounts are frozen. False if something stands in the way, which the schedule then says.
    Of two callers one reserves; the other finds it done.
    """
    seller_id = PayoutSchedule.objects.values_list("seller", flat=True).get(pk=schedule_id)
    lock_seller(seller_id)
    crashpoint("P1.seller_locked")
    schedule = PayoutSchedule.objects.select_for_update().get(pk=schedule_id)
    if schedule.state != State.SCHEDULED or schedule.scheduled_date > at.astimezone(PLATFORM_ZONE).date():
        return False
    (situation,) = read_situations([schedule])
    obstacle = obstacle_to(situation, at=at, is_solvent=is_solvent)
    if obstacle is not None:
        _stay(situation, obstacle, at=at)
        return False
    _book(situation, at=at)
    crashpoint("P4.reserved")
    if situation.total_minor == 0:
        _settle_whole(situation, at=at)
        return False
    _freeze(situation, at=at)
    _write_calls(situation, at=at)
    crashpoint("P5.calls_written")
    transaction.on_commit(lambda: crashpoint("P6.committed"))
    return True


def _stay(situation: Situation, obstacle: Obstacle, *, at: datetime) -> None:
    """Say why; what is too little moves to the next day, what needs a person is held."""
    schedule = situation.schedule
    if obstacle.code == "approval":
        hold_schedule(schedule, reason=obstacle.reason, by=None, at=at, kind=Hold.Kind.APPROVAL)
        return
    if obstacle.code in ("minimum", "too_small"):
        postpone(schedule, reason=obstacle.reason, at=at)
    elif schedule.reason != obstacle.reason:
        PayoutSchedule.objects.filter(pk=schedule.pk).update(reason=obstacle.reason, updated_at=at)


def _book(situation: Situation, *, at: datetime) -> None:
    """Journals 5 and 6: what goes towards a debt, and what is reserved."""
    schedule, seller_id = situation.schedule, situation.schedule.seller_id
    schedule.attempt += 1
    key = f"payout:{schedule.pk}:{{}}:{schedule.attempt}"
    netted = Line(payable(seller_id), receivable(seller_id), situation.netted_minor)
    taken = Line(payable(seller_id), reserved(seller_id), situation.total_minor)
    post_journals(
        [
            JournalDraft(key=key.format(what), currency=schedule.currency, lines=(line,), at=at)
            for what, line in (("netting", netted), ("reserve", taken))
            if line.amount_minor
        ]
    )
    settled = [item for item in situation.items if item.net_minor == 0]
    for item in situation.items:
        item.state = ItemState.SETTLED if item.net_minor == 0 else ItemState.RESERVED
    PayoutItem.objects.bulk_update(situation.items, ["state", "netted_minor", "net_minor"])
    complete_earnings([item.earning_id for item in settled])


def _settle_whole(situation: Situation, *, at: datetime) -> None:
    """SCHEDULED -> CANCELED: all of it went towards the debt, and nothing is left to send."""
    PayoutSchedule.objects.filter(pk=situation.schedule.pk).update(
        state=State.CANCELED,
        attempt=situation.schedule.attempt,
        total_minor=0,
        reason="All of it went towards what you owed.",
        updated_at=at,
    )


def _freeze(situation: Situation, *, at: datetime) -> None:
    schedule, account = situation.schedule, situation.account
    assert account is not None
    schedule.state, schedule.reason = State.SENDING, ""
    schedule.total_minor = situation.total_minor
    schedule.destination_account = account.stripe_account_id or ""
    schedule.destination_bank = account.bank_account_id
    schedule.updated_at = at
    schedule.save(
        update_fields=[
            "state",
            "reason",
            "attempt",
            "total_minor",
            "destination_account",
            "destination_bank",
            "updated_at",
        ]
    )
    record_event(
        "payout.sending",
        subject_type="payout",
        subject_id=schedule.pk,
        at=at,
        audience=[schedule.seller_id],
        details={"total_minor": schedule.total_minor, "currency": schedule.currency},
    )


def _write_calls(situation: Situation, *, at: datetime) -> None:
    for item in situation.items:
        if item.net_minor:
            write_transfer(item.pk, _params(item, item.earning, situation.schedule), at=at)


def _params(item: PayoutItem, earning: Earning, schedule: PayoutSchedule) -> dict[str, object]:
    return transfer_params(
        item_id=item.pk,
        part=item.part,
        schedule_id=schedule.pk,
        payment_id=earning.payment_id,
        amount_minor=item.net_minor,
        currency=schedule.currency,
        destination=schedule.destination_account,
        charge_id=earning.stripe_charge_id,
    )
