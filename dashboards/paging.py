"""Pages of a list by the number of their rows: the same rows again and again, at any depth of history."""

import re
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict

PAGE_ROWS = 25
NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True)
class RowPage:
    """Rows newest first, and the queries of the neighbours: empty where there are none."""

    rows: list[Any]
    newer: str
    older: str

    @property
    def is_alone(self) -> bool:
        return not (self.newer or self.older)


def row_page(rows: QuerySet[Any], request: HttpRequest, *, key: str = "number") -> RowPage:
    """The page that `?before=` or `?after=` asks for; what is no number asks for the newest.

    `rows` come in any order; `key` is a unique, growing column.
    """
    before, after = (_number(request.GET.get(name)) for name in ("before", "after"))
    if after is not None:
        found = list(rows.filter(**{f"{key}__gt": after}).order_by(key)[: PAGE_ROWS + 1])
        page, more_newer, more_older = found[:PAGE_ROWS][::-1], len(found) > PAGE_ROWS, True
    else:
        wanted = rows.filter(**{f"{key}__lt": before}) if before is not None else rows
        found = list(wanted.order_by(f"-{key}")[: PAGE_ROWS + 1])
        page, more_newer, more_older = found[:PAGE_ROWS], before is not None, len(found) > PAGE_ROWS
    if not page:
        return RowPage(rows=[], newer="", older="")
    return RowPage(
        rows=page,
        newer=_query(request.GET, "after", getattr(page[0], key)) if more_newer else "",
        older=_query(request.GET, "before", getattr(page[-1], key)) if more_older else "",
    )


def _number(text: str | None) -> int | None:
    return int(text) if text and NUMBER.fullmatch(text) else None


def _query(asked: QueryDict, name: str, number: int) -> str:
    """The same filters, another place."""
    kept = asked.copy()
    for place in ("before", "after"):
        kept.pop(place, None)
    kept[name] = str(number)
    return f"?{kept.urlencode()}"
