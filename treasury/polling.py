"""What is asked of Stripe again and again, so that nothing depends on being told."""

from datetime import datetime, timedelta

from gateway.client import StripeAway, StripeRefused
from treasury.balance_transactions import poll_movements
from treasury.models import Watermark
from treasury.platform import check_platform_is_manual, finish_draws

CHECK = "platform_is_manual"
CHECK_EVERY = timedelta(hours=1)


def poll(*, at: datetime) -> int:
    """Read our balance's movements, end what is open of our own payouts, and see hourly that we stay manual.

    Answers 0, so that the caller rests; while Stripe is away nothing is lost, and it is asked again.
    """
    try:
        poll_movements(at=at)
        finish_draws(at=at)
        if _is_time_to_check(at):
            check_platform_is_manual(at=at)
            Watermark.objects.update_or_create(name=CHECK, defaults={"at": at})
    except (StripeAway, StripeRefused):
        pass
    return 0


def _is_time_to_check(at: datetime) -> bool:
    checked = Watermark.objects.filter(name=CHECK).first()
    return checked is None or checked.at + CHECK_EVERY <= at
