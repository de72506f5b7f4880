"""What is asked of Stripe again and again, so that nothing depends on being told."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from gateway.client import StripeAway, StripeRefused
from treasury.balance_transactions import poll_movements
from treasury.comparing import compare_objects
from treasury.connected_accounts import compare_accounts
from treasury.looking_again import look_again
from treasury.missed_events import poll_events
from treasury.models import Watermark
from treasury.own_movements import compare_movements
from treasury.platform import check_platform_is_manual, finish_draws
from treasury.watching import watch_free

logger = logging.getLogger("klubba.treasury")

CHECK, WATCH = "platform_is_manual", "free_is_watched"
CHECK_EVERY = timedelta(hours=1)


def poll(*, at: datetime) -> int:
    """See hourly that we stay manual and how much is free, read what happened and what moved at Stripe, and
    compare: the next of what was made there, the next of sellers' accounts, what differed before.

    What Stripe does not answer keeps none of the others from being asked, and is asked again: nothing is
    lost. Answers 0, so that the caller rests.
    """
    duties: tuple[Callable[..., object], ...] = (
        check_hourly,
        poll_events,
        finish_draws,
        poll_movements,
        watch_hourly,
        compare_movements,
        compare_objects,
        compare_accounts,
        look_again,
    )
    for duty in duties:
        try:
            duty(at=at)
        except (StripeAway, StripeRefused) as unanswered:
            logger.warning("%s goes on later: %s", duty.__name__, unanswered)
    return 0


def begin_polling(*, at: datetime) -> int:
    """At a start the check is due, whenever the last was."""
    return Watermark.objects.filter(name=CHECK, at__gt=at - CHECK_EVERY).update(at=at - CHECK_EVERY)


def check_hourly(*, at: datetime) -> None:
    """See that our account is on manual payouts, once an hour.

    Raises:
        StripeAway, StripeRefused: it is not known; the next call asks again.
    """
    if _is_time(CHECK, at=at):
        check_platform_is_manual(at=at)
        Watermark.objects.update_or_create(name=CHECK, defaults={"at": at})


def watch_hourly(*, at: datetime) -> None:
    """See how much of our balance is free, once an hour: adding up the books costs what they hold."""
    if _is_time(WATCH, at=at):
        watch_free(at=at)
        Watermark.objects.update_or_create(name=WATCH, defaults={"at": at})


def _is_time(name: str, *, at: datetime) -> bool:
    last = Watermark.objects.filter(name=name).first()
    return last is None or last.at + CHECK_EVERY <= at
