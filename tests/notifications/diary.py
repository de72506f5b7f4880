"""Lines of the diary as the rooms below write them, about real payments, payouts and accounts."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from events.models import Event
from events.recording import record_event
from notifications.models import Bookmark, Letter
from notifications.writing import write_letters
from payments.models import PaymentIntent
from payouts.models import ConnectedAccount, PayoutSchedule
from tests.api.asking import a_sale
from tests.cast import NOON, Cast, a_payment, a_won_bid


def open_diary() -> None:
    """The bookmark as it is on the first day: at the beginning, and at noon."""
    Bookmark.objects.update(read_up_to=0, seen_up_to=0, seen_at=NOON)


def sell(cast: Cast, *, at: datetime = NOON, **bid: object) -> PaymentIntent:
    return a_sale(cast.bo, cast.saga, at=at, **bid)


def decline(cast: Cast, *, code: str = "insufficient_funds", **bid: object) -> PaymentIntent:
    """A payment that was begun, and whose card was refused."""
    payment = a_payment(a_won_bid(cast.bo, cast.saga, **bid))  # type: ignore[arg-type]
    tell_of(payment, "payment.declined", code="card_declined", decline_code=code)
    return payment


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
