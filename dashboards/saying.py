"""Amounts and days inside a sentence, in the page's language."""

from datetime import date, datetime

from django.utils import timezone

from dashboards.templatetags.klubba import language
from money.writing import written_amount, written_rate
from payouts.bank_days import PLATFORM_ZONE
from payouts.dates import written_day, written_moment


def today() -> date:
    """The day it is where the platform lives."""
    return timezone.now().astimezone(PLATFORM_ZONE).date()


def said_amount(amount_minor: int, currency: str) -> str:
    return written_amount(amount_minor, currency, language=language())


def said_rate(rate_bp: int) -> str:
    return written_rate(rate_bp, language=language())


def said_day(day: date) -> str:
    return written_day(day, language=language(), today=today())


def said_moment(moment: datetime) -> str:
    return written_moment(moment, language=language(), today=today())
