"""The policy that holds for a seller, in sentences."""

from collections.abc import Callable

from django.utils.translation import gettext, ngettext, pgettext

from dashboards.saying import said_amount, said_rate
from payouts.models import PayoutPolicy

Interval = PayoutPolicy.Interval

WEEKDAYS: tuple[Callable[[], str], ...] = (
    lambda: pgettext("on which day", "Mondays"),
    lambda: pgettext("on which day", "Tuesdays"),
    lambda: pgettext("on which day", "Wednesdays"),
    lambda: pgettext("on which day", "Thursdays"),
    lambda: pgettext("on which day", "Fridays"),
)
INTERVALS: dict[str, Callable[[], str]] = {
    Interval.DAILY: lambda: pgettext("interval", "Every bank day"),
    Interval.WEEKLY: lambda: pgettext("interval", "Once a week"),
    Interval.MONTHLY: lambda: pgettext("interval", "Once a month"),
    Interval.MANUAL: lambda: pgettext("interval", "When Klubba chooses"),
}


def policy_sentences(policy: PayoutPolicy) -> str:
    """Interval, delay, minimums and reserve, one sentence each."""
    return " ".join([_interval(policy), *_minimums(policy), *_reserve(policy)])


def policy_day_words(policy: PayoutPolicy) -> str:
    """The policy's own day, as a clause."""
    if policy.interval == Interval.WEEKLY and policy.weekday is not None:
        return gettext("payouts leave on %s") % WEEKDAYS[policy.weekday]()
    return gettext("payouts leave on day %d of the month") % (policy.month_day or 0)


def _interval(policy: PayoutPolicy) -> str:
    if policy.interval == Interval.MANUAL:
        return gettext("Klubba chooses the days of your payouts.")
    when = {
        Interval.DAILY: lambda: gettext("Paid out every day when banks are open"),
        Interval.WEEKLY: lambda: gettext("Paid out on %s") % WEEKDAYS[policy.weekday or 0](),
        Interval.MONTHLY: lambda: gettext("Paid out on day %d of each month") % (policy.month_day or 0),
    }[Interval(policy.interval)]()
    days = policy.delay_days
    if not days:
        return gettext("%s, from the day of payment on.") % when
    later = ngettext(
        "%(when)s, %(days)d day after the payment or later.",
        "%(when)s, %(days)d days after the payment or later.",
        days,
    )
    return later % {"when": when, "days": days}


def _minimums(policy: PayoutPolicy) -> list[str]:
    return [
        gettext("Less than %s waits for the next payout.") % said_amount(minor, currency)
        for currency, minor in sorted(policy.minimums_minor.items())
        if minor
    ]


def _reserve(policy: PayoutPolicy) -> list[str]:
    if not policy.reserve_bp:
        return []
    kept = ngettext(
        "%(part)s of each sale is kept back for %(days)d day.",
        "%(part)s of each sale is kept back for %(days)d days.",
        policy.reserve_days,
    )
    return [kept % {"part": said_rate(policy.reserve_bp), "days": policy.reserve_days}]
