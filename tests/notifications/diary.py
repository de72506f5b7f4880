"""Lines of the diary as the rooms below write them, about real payments, payouts and accounts."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from auctions.bidding import place_bid
from auctions.closing import TIME_TO_PAY
from auctions.models import Auction, Bid
from events.models import Event
from events.recording import record_event
from notifications.models import Bookmark, Letter
from notifications.writing import write_letters
from payments.completion_services.payment_completion import PaymentCompletionService
from payments.models import PaymentIntent
from payouts.models import ConnectedAccount, PayoutSchedule
from tests.cast import NOON, Cast, a_charged_payment, a_payment, an_auction


def open_diary() -> None:
    """The bookmark as it is on the first day: at the beginning, and at noon."""
    Bookmark.objects.update(read_up_to=0, seen_up_to=0, seen_at=NOON)


def sell(cast: Cast, *, at: datetime = NOON, **bid: object) -> PaymentIntent:
    """A completed payment, of whose auction no letter tells."""
    payment = a_charged_payment(_won_without_a_word(cast, at=at, **bid), at=at)
    PaymentCompletionService.process_payment_completion(payment, at=at)
    return PaymentIntent.objects.get(pk=payment.pk)


def decline(cast: Cast, *, code: str = "insufficient_funds", **bid: object) -> PaymentIntent:
    """A payment that was begun, and whose card was refused."""
    payment = a_payment(_won_without_a_word(cast, **bid))
    tell_of(payment, "payment.declined", code="card_declined", decline_code=code)
    return payment


def _won_without_a_word(
    cast: Cast, *, amount_minor: int = 1_100_000, at: datetime = NOON, **auction: object
) -> Bid:
    """A bid that has won, though the diary does not say that the auction has ended."""
    sold = an_auction(cast.saga, at=at, **auction)  # type: ignore[arg-type]
    bid = place_bid(sold, buyer=cast.bo, amount_minor=amount_minor, currency=sold.currency, at=at)
    Auction.objects.filter(pk=sold.pk).update(status="closed", closed_at=at)
    Bid.objects.filter(pk=bid.pk).update(status="won", pay_by=at + TIME_TO_PAY)
    return Bid.objects.select_related("auction").get(pk=bid.pk)


def tell_of(
    subject: PaymentIntent | PayoutSchedule | ConnectedAccount,
    kind: str,
    *,
    at: datetime = NOON,
    by: int | None = None,
    **details: object,
) -> Event:
    is_account = isinstance(subject, ConnectedAccount)
    return record_event(
        kind,
        subject_type=kind.split(".")[0],
        subject_id=subject.stripe_account_id if is_account else subject.pk,
        at=at,
        actor_id=by,
        audience=[subject.seller_id],
        details=details,
    )


def letters(*, at: datetime | None = None) -> list[Letter]:
    """Write what is to be written; every letter there is, oldest first."""
    write_letters(at=at or timezone.now())
    return list(Letter.objects.order_by("pk"))
