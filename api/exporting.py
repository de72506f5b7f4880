"""A list as CSV, for a spreadsheet: every row, in order, streamed."""

import csv
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TypeVar, get_origin

from django.db.models import Model, QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone

from api.bearer import person_of
from api.fields import Answer
from people.budgets import spend

Row = TypeVar("Row", bound=Model)
EXPORTS_A_MINUTE = 20
ROWS_AT_ONCE = 500
BYTE_ORDER_MARK = "\ufeff"
# What a spreadsheet would take for a formula.
BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """A file that hands back what is written, for a writer that wants a file."""

    def write(self, text: str) -> str:
        return text


def export(
    rows: QuerySet[Row], present: Callable[[Row], Answer], shape: type[Answer], *, request: HttpRequest
) -> StreamingHttpResponse:
    """All the rows: the JSON's names as the header, then the shape's amounts counted in the smallest unit.

    The first of them is `amount_minor`, another one its own name and `_minor`. A mark begins the file, CRLF
    ends each line. An object inside a row is its JSON; a list inside a row is left out.

    Raises:
        BudgetSpent: one person exported more often than 20 times in a minute.
    """
    budget = {f"exports-of:{person_of(request).pk}": EXPORTS_A_MINUTE}
    spend(budget, window=timedelta(minutes=1), at=timezone.now())
    name = request.path.rstrip("/").rpartition("/")[2]
    return StreamingHttpResponse(
        _lines(rows, present, shape),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _lines(rows: QuerySet[Row], present: Callable[[Row], Answer], shape: type[Answer]) -> Iterator[str]:
    writer = csv.writer(_Echo(), lineterminator="\r\n")
    names = [name for name, field in shape.model_fields.items() if get_origin(field.annotation) is not list]
    counted = ["amount_minor", *(f"{name}_minor" for name in shape.AMOUNTS[1:])][: len(shape.AMOUNTS)]
    yield BYTE_ORDER_MARK + str(writer.writerow([*names, *counted]))
    for row in rows.iterator(chunk_size=ROWS_AT_ONCE):
        shown = present(row).model_dump()
        told = [inert(shown[name]) for name in names]
        yield str(writer.writerow([*told, *(_count(shown[name]) for name in shape.AMOUNTS)]))


def inert(value: object) -> str:
    """The cell's text; what would be a formula gets an apostrophe, and is text."""
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(BEGINS_A_FORMULA) else text


def _count(amount: str | None) -> int | None:
    """ "10230.00" -> 1023000: with all its decimals, the digits count the smallest unit."""
    return None if amount is None else int(amount.replace(".", ""))
