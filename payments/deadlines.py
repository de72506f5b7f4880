"""When the time to pay has passed. Nothing expires by our clock alone: Stripe is asked first.

Canceled there, the win expires here. Succeeded there, the sale completes as if in time. Anything else waits.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, TextField
from django.db.models.functions import Cast

from auctions.models import Bid
from auctions.settlement import expire_win
from events.models import Event
from events.recording import draft_event, record_event, record_events
from gateway.client import StripeAway, StripeRefused
from gateway.payment_intents import (
    cancel_payment_intent,
    creation_was_refused,
    retrieve_payment_intent,
)
from payments.confirmation import believe
from payments.initiation import find_at_stripe
from payments.models import PaymentIntent

DUE_SOON, SOON = "bid.due_soon", timedelta(hours=24)
CANCELABLE = ("requires_payment_method", "requires_confirmation", "requires_action", "requires_capture")


def expire_unpaid_wins(*, limit: int, at: datetime, go_on: Callable[[], bool] = lambda: True) -> int:
    """Bring up to `limit` wins whose time is up to their end; answers for how many that was possible.

    In no order, so that those that must wait stand in nobody's way. `go_on` is asked before each.
    """
    due = Bid.objects.filter(status=Bid.Status.WON, pay_by__lte=at).order_by("?")[:limit]
    return sum(_expire(bid, at=at) for bid in due if go_on())


@transaction.atomic
def remind_of_unpaid_wins(*, limit: int, at: datetime) -> int:
    """Note in the diary, once for each, wins that are to be paid within a day; answers how many.

    One reminds at a time: who comes meanwhile leaves it to the one who does.
    """
    if not _is_first_to_remind():
        return 0
    reminded = Event.objects.filter(
        kind=DUE_SOON, subject_type="auction", subject_id=Cast(OuterRef("auction_id"), TextField())
    )
    soon = Bid.objects.filter(~Exists(reminded), status=Bid.Status.WON, pay_by__gt=at, pay_by__lte=at + SOON)
    on_its_way = PaymentIntent.objects.filter(bid=OuterRef("pk"), status=PaymentIntent.Status.PROCESSING)
    due = soon.filter(~Exists(on_its_way)).order_by("pay_by")[:limit]
    lines = [
        draft_event(
            DUE_SOON,
            subject_type="auction",
            subject_id=bid.auction_id,
            at=at,
            audience=[bid.buyer_id],
            details={"bid_id": bid.pk},
        )
        for bid in due
    ]
    return len(record_events(lines))


def _is_first_to_remind() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [DUE_SOON])
        return bool(cursor.fetchone()[0])


def end_cancellation_of(payment: PaymentIntent, *, at: datetime) -> None:
    """Bring the call that cancels its PaymentIntent to a definite end, whatever became of the win meanwhile.

    Raises:
        StripeAway, StripeRefused: Stripe does not say how it stands; ask again later.
    """
    stripe_id = payment.stripe_payment_intent_id
    assert stripe_id is not None
    believe(payment, cancel_payment_intent(stripe_id, payment_id=payment.pk, at=at), at=at)


def _expire(bid: Bid, *, at: datetime) -> bool:
    living = bid.payments.filter(status__in=PaymentIntent.OPEN).first()
    try:
        if living is not None and not _ended_at_stripe(living, at=at):
            return False
    except (StripeAway, StripeRefused):
        return False
    return _let_go(bid, at=at)


def _ended_at_stripe(payment: PaymentIntent, *, at: datetime) -> bool:
    """Whether nothing can be paid any more; a payment that was made after all is completed instead."""
    stripe_id = find_at_stripe(payment, at=at)
    if stripe_id is None:
        return True
    facts = retrieve_payment_intent(stripe_id)
    if facts.status in CANCELABLE:
        facts = cancel_payment_intent(stripe_id, payment_id=payment.pk, at=at)
    believe(payment, facts, at=at)
    return facts.status == PaymentIntent.Status.CANCELED


@transaction.atomic
def _let_go(bid: Bid, *, at: datetime) -> bool:
    """WON -> EXPIRED, unless it was paid or begun anew a moment ago: the bid's row is the lock.

    A payment that Stripe refused to make ends with it; any other that is open may still be paid.
    """
    Bid.objects.select_for_update().get(pk=bid.pk)
    for begun in bid.payments.filter(status__in=PaymentIntent.OPEN):
        if begun.stripe_payment_intent_id is not None or not creation_was_refused(begun.pk):
            return False
        PaymentIntent.objects.filter(pk=begun.pk).update(status=PaymentIntent.Status.CANCELED)
    if not expire_win(bid, at=at):
        return False
    record_event(
        "bid.expired",
        subject_type="auction",
        subject_id=bid.auction_id,
        at=at,
        audience=[bid.buyer_id, bid.auction.seller_id],
        details={"bid_id": bid.pk},
    )
    return True
