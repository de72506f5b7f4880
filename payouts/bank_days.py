"""When banks are open, and which day a sale is due. Every date shown is computed here."""

from calendar import monthrange
from datetime import date, datetime, time, timedelta
from functools import lru_cache, partial
from importlib import import_module
from zoneinfo import ZoneInfo

from django.utils.functional import SimpleLazyObject

# Read when it is first asked: the calendars of the whole world take a tenth of a process's start.
holidays = SimpleLazyObject(partial(import_module, "holidays"))

PLATFORM_ZONE = ZoneInfo("Europe/Stockholm")
DEFAULT_DELAY_DAYS = 7
RUN_CUT_OFF = time(14, 0)

# The calendar each currency's payment system keeps; a country's code stands for its banks.
CALENDAR_OF_CURRENCY = {
    "SEK": "SE",
    "EUR": "TARGET",
    "DKK": "DK",
    "NOK": "NO",
    "GBP": "GB",
    "CHF": "CH",
    "PLN": "PL",
    "USD": "US",
    "HUF": "HU",
}


def day_of_payment(charged_at: datetime) -> date:
    """The date of Stripe's charge where the platform lives, whoever told us and whenever."""
    return charged_at.astimezone(PLATFORM_ZONE).date()


def due_on(
    *,
    paid_on: date,
    available_on: date | None,
    currency: str,
    country: str | None = None,
    delay_days: int = DEFAULT_DELAY_DAYS,
) -> date:
    """The day a sale is sent: the first bank day on or after payment + delay and the charge is available."""
    earliest = paid_on + timedelta(days=delay_days)
    return next_bank_day(max(earliest, available_on or earliest), currency=currency, country=country)


def weekday_on_or_after(day: date, weekday: int) -> date:
    """The next such day; 0 is Monday."""
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def month_day_on_or_after(day: date, month_day: int) -> date:
    """The next such day of a month; in a month that is too short, its last day."""
    first = day.replace(day=1)
    this = first.replace(day=min(month_day, monthrange(first.year, first.month)[1]))
    if this >= day:
        return this
    following = (first + timedelta(days=31)).replace(day=1)
    return following.replace(day=min(month_day, monthrange(following.year, following.month)[1]))


def first_run_day(at: datetime) -> date:
    """The first day whose run can take what we learn at `at`: today until the cut-off, else tomorrow."""
    local = at.astimezone(PLATFORM_ZONE)
    return local.date() if local.time() < RUN_CUT_OFF else local.date() + timedelta(days=1)


@lru_cache(maxsize=4096)
def next_bank_day(day: date, *, currency: str, country: str | None = None) -> date:
    """`day` itself if banks are open, else the first day after it when they are."""
    while not is_bank_day(day, currency=currency, country=country):
        day += timedelta(days=1)
    return day


def is_bank_day(day: date, *, currency: str, country: str | None = None) -> bool:
    """Open in the currency's payment system and, where the bank account's country is known, there too."""
    calendars = {CALENDAR_OF_CURRENCY.get(currency), country} - {None}
    closed = any(day in _closed_days(calendar, day.year) for calendar in calendars if calendar)
    return day.weekday() < 5 and not closed


@lru_cache(maxsize=256)
def _closed_days(calendar: str, year: int) -> frozenset[date]:
    """Sweden's banks also close on eves that are no public holidays; the euro has its own calendar."""
    if calendar == "TARGET":
        return frozenset(holidays.financial_holidays("ECB", years=year))
    categories = ("public", "de_facto") if calendar == "SE" else None
    return frozenset(holidays.country_holidays(calendar, years=year, categories=categories))
