"""The one order in which payments are locked: bids first, then payments, each by id."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from auctions.models import Bid
from payments.models import PaymentIntent


def lock_payments(payment_ids: Iterable[UUID]) -> tuple[dict[UUID, PaymentIntent], dict[int, str]]:
    """Lock the payments and their bids until the transaction ends.

    Answers the payments and the status of each bid, as they are under the lock.
    """
    bids, payments = _in_order(list(payment_ids))
    statuses = dict(bids.values_list("pk", "status"))
    return {payment.pk: payment for payment in payments}, statuses


def hold_payments(payment_ids: Iterable[UUID]) -> None:
    """The same for who does not look at them."""
    for rows in _in_order(list(payment_ids)):
        list(rows.values_list("pk"))


def _in_order(ids: list[UUID]) -> tuple[QuerySet[Bid], QuerySet[PaymentIntent]]:
    bid_ids = PaymentIntent.objects.filter(pk__any_of=ids).values("bid")
    bids = Bid.objects.filter(pk__in=bid_ids).order_by("pk").select_for_update()
    return bids, PaymentIntent.objects.filter(pk__any_of=ids).order_by("pk").select_for_update()
