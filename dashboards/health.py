"""How payments go, in words for an operator."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.formats import number_format
from django.utils.translation import gettext

from dashboards.templatetags.klubba import language
from insights.health import NEWEST, Health, health_of_payments
from payouts.bank_days import PLATFORM_ZONE
from payouts.dates import written_moment
from treasury.balance_transactions import POLLER as MOVEMENTS
from treasury.looking_back import last_look_at_all


@dataclass(frozen=True)
class Vital:
    """One figure, what it is, and what it was taken from. Without a figure there is nothing to tell yet."""

    label: str
    figure: str
    told: str


def vitals(*, at: datetime) -> list[Vital]:
    """The same figures in the same order, whatever there is."""
    health = health_of_payments(at=at)
    return [
        Vital(gettext("Payments that succeed"), _share(health), _of_the_tried(health)),
        Vital(
            gettext("From the charge to our books"),
            _said(health.confirm_seconds),
            gettext("The middle of the newest %(newest)s.") % {"newest": number_format(NEWEST)},
        ),
        Vital(
            gettext("From a webhook to its effect"),
            _said(health.handle_seconds),
            gettext("Nineteen in twenty take no longer.")
            if health.waits_seconds is None
            else gettext("The next one has waited for %(time)s.") % {"time": _said(health.waits_seconds)},
        ),
        Vital(
            gettext("Compared with Stripe's record"),
            _moment(last_look_at_all(MOVEMENTS), today=at.astimezone(PLATFORM_ZONE).date()),
            gettext("Each movement of our balance there, beside our books."),
        ),
    ]


def _share(health: Health) -> str:
    """Rounded down: a hundred is all of them."""
    if not health.attempted:
        return "–"
    return gettext("%(percent)s\u00a0%%") % {"percent": 100 * health.paid // health.attempted}


def _of_the_tried(health: Health) -> str:
    tried = {"paid": number_format(health.paid), "count": number_format(health.attempted)}
    return gettext("%(paid)s of %(count)s tried.") % tried


def _moment(then: datetime | None, *, today: date) -> str:
    """The time alone if it was today."""
    if then is None:
        return "–"
    local = then.astimezone(PLATFORM_ZONE)
    is_today = local.date() == today
    return f"{local:%H:%M}" if is_today else written_moment(then, language=language(), today=today)


def _said(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    return gettext("%(seconds)s\u00a0s") % {"seconds": number_format(round(seconds, 1), 1)}
