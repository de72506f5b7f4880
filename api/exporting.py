"""A list as CSV, for a spreadsheet: every row, in order, streamed."""

import csv
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TypeVar, get_origin

from django.db.models import Model, QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from pydantic import BaseModel

from api.bearer import person_of
from people.budgets import spend

Row = TypeVar("Row", bound=Model)
CSV_TOO = {"responses": {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}}
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
    rows: QuerySet[Row],
    present: Callable[[Row], BaseModel],
    shape: type[BaseModel],
    *,
    amount: str,
    request: HttpRequest,
) -> StreamingHttpResponse:
    """All the rows: the JSON's names as the header, then `amount_minor`; a mark, lines ended by CRLF.

    `amount` names the column that counts the smallest unit. A list inside a row is left out.

    Raises:
        BudgetSpent: one person exported more often than 20 times in a minute.
    """
    budget = {f"exports-of:{person_of(request).pk}": EXPORTS_A_MINUTE}
    spend(budget, window=timedelta(minutes=1), at=timezone.now())
    name = request.path.rstrip("/").rpartition("/")[2]
    return StreamingHttpResponse(
        _rows(rows, present, shape, amount),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _rows(
    rows: QuerySet[Row], present: Callable[[Row], BaseModel], shape: type[BaseModel], amount: str
) -> Iterator[str]:
    writer = csv.writer(_Echo(), lineterminator="\r\n")
    names = [name for name, field in shape.model_fields.items() if get_origin(field.annotation) is not list]
    yield BYTE_ORDER_MARK + str(writer.writerow([*names, "amount_minor"]))
    for row in rows.iterator(chunk_size=ROWS_AT_ONCE):
        shown = present(row).model_dump()
        yield str(writer.writerow([*(inert(shown[name]) for name in names), getattr(row, amount)]))


def inert(value: object) -> str:
    """The cell's text; what would be a formula gets an apostrophe, and is text."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(BEGINS_A_FORMULA) else text
