"""Pages of a list by the place of their rows: the same rows again and again, at any depth of history."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict

PAGE_ROWS = 25
# By an amount no index leads: so many of the newest are sorted, however many there are.
MOST_SORTED = 5_000
NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
DATE = "date"
Place = tuple[int, ...]


@dataclass(frozen=True)
class Order:
    """How a list is sorted: by columns of whole numbers, the last of them unique and growing."""

    by: str
    columns: tuple[str, ...]
    descending: bool = True

    @property
    def is_by_date(self) -> bool:
        return self.by == DATE

    def place_of(self, row: Any) -> Place:
        return tuple(getattr(row, column) for column in self.columns)

    def beyond(self, place: Place, *, upwards: bool) -> Q:
        """The rows above that place, or below it."""
        beyond, so_far = Q(), Q()
        for column, number in zip(self.columns, place, strict=True):
            beyond |= so_far & Q(**{f"{column}__{'gt' if upwards else 'lt'}": number})
            so_far &= Q(**{column: number})
        return beyond


@dataclass(frozen=True)
class Head:
    """A column's head that sorts: how it is sorted by now, if it is, and where it leads."""

    sorted: str
    query: str


@dataclass(frozen=True)
class RowPage:
    """Rows in their order, and the queries of the neighbours: empty where there are none."""

    rows: list[Any]
    back: str
    on: str
    order: Order
    is_cut: bool = False

    @property
    def is_alone(self) -> bool:
        return not (self.back or self.on)


def order_of(request: HttpRequest, **amounts: str) -> Order:
    """The order `?sort=` asks for: by the date, or by one of the named amounts; `-` is the highest first.

    What is none of these asks for the newest first.
    """
    columns = {DATE: ("number",)} | {by: (column, "number") for by, column in amounts.items()}
    by = request.GET.get("sort", "").removeprefix("-")
    if by not in columns:
        return Order(DATE, columns[DATE])
    return Order(by, columns[by], descending=request.GET["sort"].startswith("-"))


def heads_of(order: Order, request: HttpRequest, *names: str) -> Mapping[str, Head]:
    """The heads of the columns that sort: the highest first, and once more the other way."""
    heads = {}
    for by in names:
        is_chosen = by == order.by
        other_way = is_chosen and order.descending
        direction = "descending" if order.descending else "ascending"
        asked = _without_place(request.GET)
        asked["sort"] = by if other_way else f"-{by}"
        heads[by] = Head(direction if is_chosen else "", f"?{asked.urlencode()}")
    return heads


def row_page(
    rows: QuerySet[Any], request: HttpRequest, *, key: str = "number", order: Order | None = None
) -> RowPage:
    """The page that `?before=` or `?after=` a place asks for; what is no place asks for the first.

    `rows` come in any order; without an `order` the highest `key` is first, a unique, growing column. By
    another order than the date only the newest five thousand are sorted.
    """
    order = order or Order(DATE, (key,))
    oldest = None if order.is_by_date else _oldest_sorted(rows)
    if oldest is not None:
        rows = rows.filter(number__gte=oldest)
    below, above = (_place(request.GET.get(name), order) for name in ("before", "after"))
    place = above or below
    upwards = above is not None if place else not order.descending
    wanted = rows.filter(order.beyond(place, upwards=upwards)) if place else rows
    signs = "" if upwards else "-"
    found = list(wanted.order_by(*(f"{signs}{column}" for column in order.columns))[: PAGE_ROWS + 1])
    page, has_more = found[:PAGE_ROWS], len(found) > PAGE_ROWS
    is_onwards = upwards != order.descending
    if not page:
        return RowPage([], "", "", order, is_cut=oldest is not None)
    if not is_onwards:
        page.reverse()
    has_back, has_on = (place is not None, has_more) if is_onwards else (has_more, True)
    back, on = ("after", "before") if order.descending else ("before", "after")
    return RowPage(
        rows=page,
        back=_query(request.GET, back, order.place_of(page[0])) if has_back else "",
        on=_query(request.GET, on, order.place_of(page[-1])) if has_on else "",
        order=order,
        is_cut=oldest is not None,
    )


def _oldest_sorted(rows: QuerySet[Any]) -> int | None:
    """The number of the last of those that are sorted; None if all are."""
    newest = rows.order_by("-number").values_list("number", flat=True)
    edge = list(newest[MOST_SORTED - 1 : MOST_SORTED + 1])
    return edge[0] if len(edge) > 1 else None


def _place(text: str | None, order: Order) -> Place | None:
    """As many numbers as the order has columns."""
    numbers = (text or "").split(".")
    if len(numbers) != len(order.columns) or not all(map(NUMBER.fullmatch, numbers)):
        return None
    return tuple(map(int, numbers))


def _query(asked: QueryDict, name: str, place: Place) -> str:
    """The same filters in the same order, another place."""
    kept = _without_place(asked)
    kept[name] = ".".join(map(str, place))
    return f"?{kept.urlencode()}"


def _without_place(asked: QueryDict) -> QueryDict:
    kept = asked.copy()
    for place in ("before", "after"):
        kept.pop(place, None)
    return kept
