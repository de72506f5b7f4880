"""Charts as the server draws them: their geometry, and beside it the same figures as a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Generic, TypeVar

from django.utils.translation import gettext

from insights.days import Days
from insights.funnel import Funnel
from insights.selling import DayOfSales
from insights.succeeding import DayOfTries
from payments.declines import decline_sentence

Day = TypeVar("Day", DayOfSales, DayOfTries)
SPANS = (30, 90, 365)
# A day is so wide, the highest bar so high; the page stretches both.
STEP, HEIGHT = 10, 100


@dataclass(frozen=True)
class Bar(Generic[Day]):
    """One day in the drawing; one with anything is never too low to be seen."""

    day: Day
    x: int
    height: int

    @property
    def y(self) -> int:
        return HEIGHT - self.height


@dataclass(frozen=True)
class Daily(Generic[Day]):
    """A bar for each day from `since` to `until` of which there is something to tell.

    Of the first day some are missing if it `is_cut`: more came than are looked at.
    """

    since: date
    until: date
    bars: list[Bar[Day]]
    is_cut: bool

    @property
    def width(self) -> int:
        return ((self.until - self.since).days + 1) * STEP


@dataclass(frozen=True)
class DailySales(Daily[DayOfSales]):
    """Net sales per day in one currency, with the highest."""

    highest: DayOfSales
    net_minor: int

    @property
    def currency(self) -> str:
        return self.highest.currency


@dataclass(frozen=True)
class DailyShares(Daily[DayOfTries]):
    """How many in a hundred tries succeeded, with the day on which the fewest did."""

    lowest: DayOfTries


@dataclass(frozen=True)
class Stage:
    """How many came so far, and how many in a hundred of those of the stage before."""

    words: str
    count: int
    width: int
    percent: int | None
    query: str


def span_of(typed: str) -> int:
    """How many days are shown: one of three, the fewest unless another is asked for."""
    return int(typed) if typed in map(str, SPANS) else SPANS[0]


def first_day(span: int, *, until: date) -> date:
    """The first of so many days that end with `until`."""
    return until - timedelta(days=span - 1)


def bars_of(selling: Days[DayOfSales], *, until: date) -> list[DailySales]:
    """A chart for each currency in which anything was sold."""
    by_currency: dict[str, list[DayOfSales]] = {}
    for day in selling.days:
        by_currency.setdefault(day.currency, []).append(day)
    return [_bars(days, selling, until=until) for _, days in sorted(by_currency.items())]


def _bars(days: list[DayOfSales], selling: Days[DayOfSales], *, until: date) -> DailySales:
    since = selling.since
    highest = max(days, key=lambda day: day.net_minor)
    bars = [
        _bar(day, since=since, height=HEIGHT * day.net_minor // max(1, highest.net_minor)) for day in days
    ]
    net_minor = sum(day.net_minor for day in days)
    return DailySales(since, until, bars, selling.is_cut, highest, net_minor)


def shares_of(tries: Days[DayOfTries], *, until: date) -> DailyShares | None:
    """None before the first try."""
    if not tries.days:
        return None
    bars = [_bar(day, since=tries.since, height=day.percent) for day in tries.days]
    lowest = min(tries.days, key=lambda day: day.percent)
    return DailyShares(tries.since, until, bars, tries.is_cut, lowest)


def _bar(day: Day, *, since: date, height: int) -> Bar[Day]:
    return Bar(day, x=(day.day - since).days * STEP + 1, height=max(1, height))


def stages_of(funnel: Funnel) -> list[Stage]:
    """From the win to the bank. A stage that is a list of its own leads there by its query."""
    counts: Mapping[str, tuple[int, str]] = {
        gettext("Won"): (funnel.won, ""),
        gettext("Opened"): (funnel.opened, ""),
        gettext("Card tried"): (funnel.attempted, ""),
        gettext("Paid"): (funnel.paid, "?state=succeeded"),
        gettext("At the seller's bank"): (funnel.paid_out, ""),
    }
    stages: list[Stage] = []
    for words, (count, query) in counts.items():
        before = stages[-1].count if stages else 0
        percent = 100 * count // before if before else None
        width = HEIGHT * count // max(1, funnel.won)
        stages.append(Stage(words, count, width, percent, query))
    return stages


def decline_words(funnel: Funnel) -> list[tuple[str, int]]:
    """What buyers were told, most often first; codes with the same sentence are one."""
    told: dict[str, int] = {}
    for code, count in funnel.declines:
        sentence = decline_sentence({"code": code})
        told[sentence] = told.get(sentence, 0) + count
    return sorted(told.items(), key=lambda one: -one[1])
