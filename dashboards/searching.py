"""Searching a list of payments: words and a span of days, as the address says and somebody typed them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.translation import gettext, gettext_noop

from dashboards.asking import MOST_LETTERS
from payments.queries import Wanted

NAMES = ("state", "q", "since", "until")
NO_DAY = gettext_noop("Write the day as year, month and day, such as 2026-11-24.")


@dataclass(frozen=True)
class Search:
    """The fields as typed, what they ask for, and what is wrong with them, by field."""

    typed: Mapping[str, str]
    wanted: Wanted
    refusals: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_asked(self) -> bool:
        return bool(self.typed)

    @property
    def query(self) -> str:
        """The same search at another address; empty without one."""
        return f"?{urlencode(self.typed)}" if self.typed else ""


def search_of(request: HttpRequest) -> Search:
    """What the address asks for. A day that is none is told, and asks for nothing."""
    typed = {name: words for name in NAMES if (words := _words(request.GET.get(name, "")))}
    days, refusals = dict[str, date](), dict[str, str]()
    for name in typed.keys() & {"since", "until"}:
        try:
            days[name] = date.fromisoformat(typed[name])
        except ValueError:
            refusals[name] = gettext(NO_DAY)
    wanted = Wanted(text=typed.get("q", ""), since=days.get("since"), until=days.get("until"))
    return Search(typed, wanted, refusals)


def _words(typed: str) -> str:
    """Without what no field of ours takes."""
    return typed.replace("\0", "").strip()[:MOST_LETTERS]
