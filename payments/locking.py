"""The one order in which payments are locked: bids first, then payments, each by id."""

from collections.abc import Iterable
from uuid import UUID

from auctions.models import Bid
from payments.models import PaymentIntent


def lock_payments(payment_ids: Iterable[UUID]) -> tuple[dict[UUID, PaymentIntent], dict[int, Bid]]:
    """Lock the payments and their bids until the transaction ends; the rows as they are under the lock."""
    ids = list(payment_ids)
    bid_ids = PaymentIntent.objects.filter(pk__in=ids).values("bid")
    bids = list(Bid.objects.filter(pk__in=bid_ids).order_by("pk").select_for_update())
    payments = list(PaymentIntent.objects.filter(pk__in=ids).order_by("pk").select_for_update())
    return {payment.pk: payment for payment in payments}, {bid.pk: bid for bid in bids}
