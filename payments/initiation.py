"""Starting a payment: our row first, committed; then Stripe's PaymentIntent."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from auctions.models import Bid
from events.recording import record_event
from gateway.client import StripeAway, StripeRefused
from gateway.facts import IntentFacts
from gateway.models import StripeCall
from gateway.payment_intents import (
    create_payment_intent,
    creation_of,
    creation_params,
    end_creation,
    retrieve_payment_intent,
    write_creation,
)
from payments.confirmation import believe
from payments.models import PaymentIntent
from payments.quoting import quote_payment
from people.models import User


class PaymentRefused(Exception):
    """The bid cannot be paid. `code` is for machines, the message for the buyer."""

    code = "payment_refused"


class NotYourBid(PaymentRefused):
    code = "not_found"


class BidNotWon(PaymentRefused):
    code = "bid_not_won"


class BidExpired(PaymentRefused):
    code = "bid_expired"


class AlreadyPaid(PaymentRefused):
    code = "already_paid"


class AmountNotAccepted(PaymentRefused):
    code = "amount_not_accepted"


@dataclass(frozen=True)
class StartedPayment:
    """A payment that its buyer can go on with. The secret is Stripe's and is kept nowhere."""

    payment: PaymentIntent
    client_secret: str
    made: bool


def start_payment(bid: Bid, *, buyer: User, at: datetime) -> StartedPayment:
    """The living payment of a won bid, with a PaymentIntent at Stripe; made now, or met again.

    Raises:
        NotYourBid, BidNotWon, BidExpired, AlreadyPaid: as their names say; nothing was made.
        AmountNotAccepted: Stripe will not charge this; the row stays, with its refused call.
        StripeAway: no answer; the same call goes on where this one stopped.
    """
    payment, creation = _write_payment(bid, buyer=buyer, at=at)
    facts = _facts_at_stripe(payment, creation, at=at)
    if _has_ended(payment, facts, at=at):
        return start_payment(bid, buyer=buyer, at=at)
    return StartedPayment(payment=payment, client_secret=facts.client_secret, made=creation is not None)


def meet_payment(bid: Bid, *, buyer: User, at: datetime) -> StartedPayment | None:
    """The living payment of a won bid as `start_payment` left it, with its secret; None if it is to be begun.

    Nothing is made, here or at Stripe; what Stripe says has ended is believed, as by every other door.

    Raises:
        NotYourBid, BidNotWon, BidExpired, AlreadyPaid: see `start_payment`.
        StripeAway, StripeRefused: Stripe does not tell how it stands.
    """
    if bid.buyer_id != buyer.pk:
        raise NotYourBid("There is no such bid.")
    living = _living_payment(bid)
    _refuse_unpayable(bid, living, at=at)
    if living is None or living.stripe_payment_intent_id is None:
        return None
    facts = retrieve_payment_intent(living.stripe_payment_intent_id)
    if _has_ended(living, facts, at=at):
        bid.refresh_from_db(fields=["status"])
        return meet_payment(bid, buyer=buyer, at=at)
    return StartedPayment(payment=living, client_secret=facts.client_secret, made=False)


def _has_ended(payment: PaymentIntent, facts: IntentFacts, *, at: datetime) -> bool:
    """Whether Stripe has ended the payment: canceled or paid. Then our books believe it.

    Raises:
        StripeAway: they do not, since what Stripe says disagrees with them.
    """
    if facts.status not in (PaymentIntent.Status.CANCELED, PaymentIntent.Status.SUCCEEDED):
        return False
    believe(payment, facts, at=at)
    payment.refresh_from_db()
    if payment.status in PaymentIntent.OPEN:
        raise StripeAway("What Stripe says of this payment disagrees with our books.")
    return True


def find_at_stripe(payment: PaymentIntent, *, at: datetime) -> str | None:
    """Stripe's id of a payment's intent, brought to a definite end; None if Stripe refused to make it.

    Raises:
        StripeAway: no answer; ask again later.
    """
    try:
        return payment.stripe_payment_intent_id or _facts_at_stripe(payment, at=at).id
    except AmountNotAccepted:
        return None


def end_creation_of(payment: PaymentIntent, *, at: datetime) -> None:
    """Bring the call that makes its PaymentIntent to a definite end, whoever began it and never came back.

    Raises:
        StripeAway: no answer; ask again later.
    """
    if payment.stripe_payment_intent_id is None:
        find_at_stripe(payment, at=at)
    else:
        end_creation(creation_of(payment.pk), payment.stripe_payment_intent_id, at=at)


@transaction.atomic(durable=True)
def _write_payment(bid: Bid, *, buyer: User, at: datetime) -> tuple[PaymentIntent, StripeCall | None]:
    """The living payment's row, committed with its call when this returns; the call if they are made now.

    The bid's row is the lock.
    """
    bid = Bid.objects.select_for_update(of=("self",)).select_related("auction").get(pk=bid.pk)
    if bid.buyer_id != buyer.pk:
        raise NotYourBid("There is no such bid.")
    living = _living_payment(bid)
    _refuse_unpayable(bid, living, at=at)
    return (living, None) if living else _make_row(bid, at=at)


def _living_payment(bid: Bid) -> PaymentIntent | None:
    return bid.payments.exclude(status=PaymentIntent.Status.CANCELED).filter(outcome=None).first()


def _refuse_unpayable(bid: Bid, living: PaymentIntent | None, *, at: datetime) -> None:
    """A payment that was begun in time may be met again after the deadline: Stripe decides how it ends."""
    if bid.status == Bid.Status.PAID:
        raise AlreadyPaid("This bid is paid already.")
    if bid.status == Bid.Status.EXPIRED:
        raise BidExpired("The time to pay for this has passed.")
    if bid.status != Bid.Status.WON:
        raise BidNotWon("Only a winning bid can be paid.")
    if living is None and bid.pay_by is not None and bid.pay_by <= at:
        raise BidExpired("The time to pay for this has passed.")


def _make_row(bid: Bid, *, at: datetime) -> tuple[PaymentIntent, StripeCall]:
    quote = quote_payment(bid)
    payment = PaymentIntent.objects.create(
        bid=bid,
        auction=bid.auction,
        buyer_id=bid.buyer_id,
        seller_id=bid.auction.seller_id,
        created_at=at,
        **vars(quote),
    )
    record_event(
        "payment.created",
        subject_type="payment",
        subject_id=payment.pk,
        at=at,
        actor_id=bid.buyer_id,
        audience=[bid.buyer_id, bid.auction.seller_id],
        details={"total_minor": payment.total_minor, "currency": payment.currency},
    )
    params = creation_params(
        payment_id=payment.pk,
        amount_minor=payment.total_minor,
        currency=payment.currency,
        description=bid.auction.title,
    )
    return payment, write_creation(payment.pk, params, at=at)


def _facts_at_stripe(
    payment: PaymentIntent, creation: StripeCall | None = None, *, at: datetime
) -> IntentFacts:
    """The payment's PaymentIntent as it is at Stripe, made now if it is not there.

    If somebody else's answer came first, the one that stands on the row is the payment's; the other's
    secret is given to nobody.
    """
    if payment.stripe_payment_intent_id is not None:
        return retrieve_payment_intent(payment.stripe_payment_intent_id)
    try:
        facts = create_payment_intent(creation or creation_of(payment.pk), at=at)
    except StripeRefused as refused:
        raise AmountNotAccepted("Stripe does not accept this payment. Nothing was charged.") from refused
    nameless = PaymentIntent.objects.filter(pk=payment.pk, stripe_payment_intent_id=None)
    if not nameless.update(stripe_payment_intent_id=facts.id):
        payment.refresh_from_db(fields=["stripe_payment_intent_id"])
        if payment.stripe_payment_intent_id != facts.id:
            return _facts_at_stripe(payment, at=at)
    payment.stripe_payment_intent_id = facts.id
    return facts
