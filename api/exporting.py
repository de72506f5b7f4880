"""Lines as CSV, for a spreadsheet: every row, in order, streamed."""

import csv
from collections.abc import Iterator

from django.db.models import QuerySet
from django.http import StreamingHttpResponse

from api.presenting import present_line
from api.shapes import LineAnswer
from payments.models import Transaction

ROWS_AT_ONCE = 500
BYTE_ORDER_MARK = "\ufeff"
# What a spreadsheet would take for a formula.
BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """A file that hands back what is written, for a writer that wants a file."""

    def write(self, text: str) -> str:
        return text


def csv_of(lines: QuerySet[Transaction]) -> StreamingHttpResponse:
    """The JSON's names as the header, then `amount_minor`; UTF-8 with a mark, lines ended by CRLF."""
    return StreamingHttpResponse(
        _rows(lines),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="transactions.csv"'},
    )


def _rows(lines: QuerySet[Transaction]) -> Iterator[str]:
    writer = csv.writer(_Echo(), lineterminator="\r\n")
    names = list(LineAnswer.model_fields)
    yield BYTE_ORDER_MARK + str(writer.writerow([*names, "amount_minor"]))
    for line in lines.iterator(chunk_size=ROWS_AT_ONCE):
        shown = present_line(line).model_dump()
        yield str(writer.writerow([*(inert(shown[name]) for name in names), line.amount_minor]))


def inert(value: object) -> str:
    """The cell's text; what would be a formula gets an apostrophe, and is text."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(BEGINS_A_FORMULA) else text
