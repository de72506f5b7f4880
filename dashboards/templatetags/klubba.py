"""One filter for money, one for days, one for times: the only places that write them."""

from datetime import date, datetime

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from dashboards import wording
from dashboards.reasons import written_reason
from dashboards.waiting import told_reason
from money.writing import written_amount, written_rate
from payouts import dates
from payouts.bank_days import PLATFORM_ZONE

register = template.Library()


def language() -> str:
    """The page's language, "en" or "sv"."""
    return "sv" if (get_language() or "").startswith("sv") else "en"


@register.filter
def money(amount_minor: int, currency: str) -> str:
    """`{{ payment.total_minor|money:payment.currency }}`"""
    return written_amount(amount_minor, currency, language=language())


@register.filter
def rate(rate_bp: int) -> str:
    return written_rate(rate_bp, language=language())


@register.filter
def day(value: date) -> SafeString:
    """A date in its `<time>`."""
    text = dates.written_day(value, language=language(), today=_today())
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), text)


@register.filter
def moment(value: datetime) -> SafeString:
    """A date and a time of day in its `<time>`."""
    text = dates.written_moment(value, language=language(), today=_today())
    stamp = value.astimezone(PLATFORM_ZONE).isoformat(timespec="seconds")
    return format_html('<time datetime="{}">{}</time>', stamp, text)


@register.filter
def time_left(value: datetime) -> str:
    """It never breaks over two lines."""
    return dates.time_left(value, at=timezone.now()).replace(" ", dates.NO_BREAK)


@register.filter
def reason(text: str) -> str:
    """Why something waits or was stopped; what is no sentence of ours stands there as it is, in English."""
    written = written_reason(text)
    return format_html('<span class="code" lang="en">{}</span>', text) if written is None else written


@register.filter
def told(text: str) -> str:
    """A reason that a person of ours may have written: theirs stands there as it is."""
    return told_reason(text)


@register.filter
def actor(name: str) -> str:
    """Who did a step of a timeline."""
    return wording.actor_word(name)


def _today() -> date:
    return timezone.now().astimezone(PLATFORM_ZONE).date()
