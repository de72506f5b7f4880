"""How payments go, in words for an operator."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import number_format
from django.utils.translation import gettext

from insights.health import NEWEST, Health, health_of_payments


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
    ]


def _share(health: Health) -> str:
    """Rounded down: a hundred is all of them."""
    if not health.attempted:
        return "–"
    return gettext("%(percent)s\u00a0%%") % {"percent": 100 * health.paid // health.attempted}


def _of_the_tried(health: Health) -> str:
    tried = {"paid": number_format(health.paid), "count": number_format(health.attempted)}
    return gettext("%(paid)s of %(count)s tried.") % tried


def _said(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    return gettext("%(seconds)s\u00a0s") % {"seconds": number_format(round(seconds, 1), 1)}
