"""Keeping money where it is, by name and with a reason: one schedule, all of a seller's, or everything."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from events.recording import record_event
from payouts.locking import lock_seller
from payouts.models import Breaker, Hold, PayoutSchedule
from people.models import User

State = PayoutSchedule.State
Kind = Hold.Kind


class HoldRefused(Exception):
    """The payout cannot be held or released as it is now; the message says why."""

    code = "not_holdable"


class NotHeld(HoldRefused):
    """There is no hold to end."""

    code = "not_held"


@transaction.atomic
def hold_schedule(
    schedule: PayoutSchedule, *, reason: str, by: User | None, at: datetime, kind: str = Kind.OPERATOR
) -> None:
    """SCHEDULED -> HELD, and closed: it takes no more sales. A held one may be held for another reason too.

    Raises:
        HoldRefused: it is on its way already, or held in this way.
    """
    lock_seller(schedule.seller_id)
    current = PayoutSchedule.objects.select_for_update().get(pk=schedule.pk)
    if current.state not in (State.SCHEDULED, State.HELD):
        raise HoldRefused("Only a payout that has not left can be held.")
    _place(kind, current.seller_id, current, reason=reason, by=by, at=at)
    PayoutSchedule.objects.filter(pk=current.pk).update(
        state=State.HELD, is_closed=True, reason=reason, updated_at=at
    )
    _tell("payout.held", current, State.HELD, reason=reason, by=by, at=at)


@transaction.atomic
def release_schedule(schedule: PayoutSchedule, *, reason: str, by: User, at: datetime) -> None:
    """An operator's hold ends. HELD -> SCHEDULED, unless it waits for approval as well.

    Raises:
        NotHeld: no operator holds it.
    """
    lock_seller(schedule.seller_id)
    current = PayoutSchedule.objects.select_for_update().get(pk=schedule.pk)
    if not _end(_open(current, Kind.OPERATOR), reason=reason, by=by, at=at):
        raise NotHeld("No operator holds this payout.")
    left_in = open_again(current, at=at)
    _tell("payout.released", current, left_in, reason=reason, by=by, at=at)


def end_approval_hold(schedule: PayoutSchedule, *, by: User, at: datetime) -> None:
    """What waited for approval was approved; the caller holds the seller."""
    if _end(_open(schedule, Kind.APPROVAL), reason="approved", by=by, at=at):
        open_again(schedule, at=at)


def open_again(schedule: PayoutSchedule, *, at: datetime) -> str:
    """HELD -> SCHEDULED when nothing holds it any more; else it says what still does. Answers the state."""
    held = PayoutSchedule.objects.filter(pk=schedule.pk, state=State.HELD)
    left = schedule.holds.filter(released_at=None).order_by("pk").first()
    if left is None:
        held.update(state=State.SCHEDULED, reason="", updated_at=at)
        return State.SCHEDULED
    held.update(reason=left.reason, updated_at=at)
    return State.HELD


@transaction.atomic
def pause_payouts(seller: User, *, at: datetime) -> None:
    """The seller keeps their own money at rest. Again is the same.

    What is on its way goes on; Stripe's 90 days are kept all the same.
    """
    lock_seller(seller.pk)
    if not Hold.objects.filter(seller=seller, kind=Kind.PAUSE, released_at=None).exists():
        _place(Kind.PAUSE, seller.pk, None, reason="paused by the seller", by=seller, at=at)
        _tell_seller("payouts.paused", seller, at=at)


@transaction.atomic
def resume_payouts(seller: User, *, at: datetime) -> None:
    """The seller lets it flow again. Again is the same."""
    lock_seller(seller.pk)
    paused = Hold.objects.filter(seller=seller, kind=Kind.PAUSE, released_at=None)
    if paused.update(released_at=at, released_by=seller):
        _tell_seller("payouts.resumed", seller, at=at)


def seller_is_held(seller_id: int) -> bool:
    """Whether an operator, or a payout nobody asked for, holds all that the seller has."""
    held = Hold.objects.filter(seller=seller_id, schedule=None, kind=Kind.OPERATOR, released_at=None)
    return held.exists()


def is_paused(seller_id: int) -> bool:
    """Whether the seller keeps their money at rest."""
    return Hold.objects.filter(seller=seller_id, kind=Kind.PAUSE, released_at=None).exists()


@transaction.atomic
def hold_seller(seller_id: int, *, reason: str, by: User | None, at: datetime) -> None:
    """Nothing of the seller's leaves any more, until an operator says so. Again is the same."""
    lock_seller(seller_id)
    if not seller_is_held(seller_id):
        _place(Kind.OPERATOR, seller_id, None, reason=reason, by=by, at=at)
        record_event(
            "seller.held",
            subject_type="seller",
            subject_id=seller_id,
            at=at,
            actor_id=by.pk if by else None,
            details={"reason": reason},
        )


@transaction.atomic
def release_seller(seller_id: int, *, reason: str, by: User, at: datetime) -> bool:
    """The seller's payouts may leave again. False if nothing held them."""
    held = Hold.objects.filter(seller=seller_id, schedule=None, kind=Kind.OPERATOR)
    if not _end(held, reason=reason, by=by, at=at):
        return False
    record_event(
        "seller.released",
        subject_type="seller",
        subject_id=seller_id,
        at=at,
        actor_id=by.pk,
        details={"reason": reason},
    )
    return True


@transaction.atomic
def trip_breaker(cause: str, *, reason: str, at: datetime) -> bool:
    """Stop all payouts. False if this cause has stopped them already."""
    tripped = Breaker.objects.bulk_create(
        [Breaker(cause=cause, reason=reason, tripped_at=at)], ignore_conflicts=True
    )
    is_first = Breaker.objects.filter(cause=cause, released_at=None, tripped_at=at).exists()
    if tripped and is_first:
        record_event(
            "breaker.tripped", subject_type="breaker", subject_id=cause, at=at, details={"reason": reason}
        )
    return is_first


@transaction.atomic
def release_breaker(breaker: Breaker, *, reason: str, by: User, at: datetime) -> bool:
    """Let payouts flow again, as far as this cause goes. False if somebody did so before."""
    tripped = Breaker.objects.filter(pk=breaker.pk, released_at=None)
    if not tripped.update(released_at=at, released_by=by, release_reason=reason):
        return False
    record_event(
        "breaker.released",
        subject_type="breaker",
        subject_id=breaker.cause,
        at=at,
        actor_id=by.pk,
        details={
            "reason": reason,
            "before": {"stopped_for": breaker.reason, "tripped_at": breaker.tripped_at.isoformat()},
            "after": {"stopped_for": None, "tripped_at": None},
        },
    )
    return True


def open_breaker() -> Breaker | None:
    """What stops all payouts, if something does."""
    return open_breakers().order_by("pk").first()


def open_breakers() -> QuerySet[Breaker]:
    """Everything that does; each is released by itself."""
    return Breaker.objects.filter(released_at=None)


def _place(
    kind: str,
    seller_id: int,
    schedule: PayoutSchedule | None,
    *,
    reason: str,
    by: User | None,
    at: datetime,
) -> None:
    hold = Hold(kind=kind, seller_id=seller_id, schedule=schedule, reason=reason, placed_by=by, placed_at=at)
    try:
        with transaction.atomic():
            hold.save(force_insert=True)
    except IntegrityError as twice:
        raise HoldRefused("It is held already.") from twice


def _open(schedule: PayoutSchedule, kind: str) -> QuerySet[Hold]:
    return Hold.objects.filter(schedule=schedule, kind=kind)


def _end(holds: QuerySet[Hold], *, reason: str, by: User, at: datetime) -> bool:
    standing = holds.filter(released_at=None)
    return standing.update(released_at=at, released_by=by, release_reason=reason) > 0


def _tell(
    kind: str, schedule: PayoutSchedule, left_in: str, *, reason: str, by: User | None, at: datetime
) -> None:
    """`schedule` as it was before."""
    record_event(
        kind,
        subject_type="payout",
        subject_id=schedule.pk,
        at=at,
        actor_id=by.pk if by else None,
        audience=[schedule.seller_id],
        details={"reason": reason, "before": {"state": schedule.state}, "after": {"state": left_in}},
    )


def _tell_seller(kind: str, seller: User, *, at: datetime) -> None:
    record_event(
        kind, subject_type="seller", subject_id=seller.pk, at=at, actor_id=seller.pk, audience=[seller.pk]
    )
