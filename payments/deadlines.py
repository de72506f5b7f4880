"""When the time to pay has passed. Nothing expires by our clock alone: Stripe is asked first.

Canceled there, the win expires here. Succeeded there, the sale completes as if in time. Anything else waits.
"""

from datetime import datetime

from django.db import transaction

from auctions.models import Bid
from auctions.settlement import expire_win
from events.recording import record_event
from gateway.client import StripeAway
from gateway.payment_intents import cancel_payment_intent
from payments.confirmation import believe
from payments.initiation import find_at_stripe
from payments.models import PaymentIntent


def expire_unpaid_wins(*, limit: int, at: datetime) -> int:
    """Bring up to `limit` wins whose time is up to their end; answers for how many that was possible."""
    due = Bid.objects.filter(status=Bid.Status.WON, pay_by__lte=at).order_by("pay_by")[:limit]
    return len([bid for bid in due if _expire(bid, at=at)])


def _expire(bid: Bid, *, at: datetime) -> bool:
    living = bid.payments.filter(status__in=PaymentIntent.OPEN).first()
    try:
        if living is not None and not _canceled_at_stripe(living, at=at):
            return False
    except StripeAway:
        return False
    return _let_go(bid, at=at)


def _canceled_at_stripe(payment: PaymentIntent, *, at: datetime) -> bool:
    """Whether nothing can be paid any more; a payment that was made after all is completed instead."""
    stripe_id = find_at_stripe(payment, at=at)
    if stripe_id is None:
        return True
    facts = cancel_payment_intent(stripe_id, payment_id=payment.pk, at=at)
    believe(payment, facts, at=at)
    return facts.status == PaymentIntent.Status.CANCELED


@transaction.atomic
def _let_go(bid: Bid, *, at: datetime) -> bool:
    """WON -> EXPIRED, unless it was paid or begun anew a moment ago: the bid's row is the lock."""
    Bid.objects.select_for_update().get(pk=bid.pk)
    begun = bid.payments.filter(status__in=PaymentIntent.OPEN)
    if begun.exclude(stripe_payment_intent_id=None).exists():
        return False
    begun.update(status=PaymentIntent.Status.CANCELED)
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
