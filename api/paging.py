"""Pages of a list, by the number of the last row: a page costs the same wherever it is."""

import base64
import binascii
from typing import Literal, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Schema
from pydantic import Field

from api.problems import invalid

Row = TypeVar("Row", bound=Model)
LARGEST_NUMBER = 2**63 - 1


class Paging(Schema):
    """Which page: `cursor` comes from the Link header of the one before. A file has every row."""

    limit: int = Field(25, ge=1, le=100)
    cursor: str | None = None
    format: Literal["json", "csv"] = "json"


def page_of(
    rows: QuerySet[Row], paging: Paging, *, by: str, request: HttpRequest, response: HttpResponse
) -> list[Row]:
    """One page of rows that are ordered by `by`, the largest first; the next one's address in `Link`."""
    if paging.cursor is not None:
        rows = rows.filter(**{f"{by}__lt": _read(paging.cursor)})
    found = list(rows[: paging.limit + 1])
    page = found[: paging.limit]
    if len(found) > paging.limit:
        response.headers["Link"] = _link(request, cursor=_write(getattr(page[-1], by)))
    return page


def _link(request: HttpRequest, *, cursor: str) -> str:
    query = request.GET.copy()
    query["cursor"] = cursor
    pairs = [(name, value) for name, values in query.lists() for value in values]
    return f'<{request.build_absolute_uri(request.path)}?{urlencode(pairs)}>; rel="next"'


def _write(number: int) -> str:
    return base64.urlsafe_b64encode(f"before {number}".encode()).decode().rstrip("=")


def _read(cursor: str) -> int:
    """The number in a cursor of ours.

    Raises:
        Refused: it is none.
    """
    try:
        text = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode("ascii")
        number = int(text.removeprefix("before "))
    except (binascii.Error, ValueError):
        raise invalid("cursor", "This cursor is not one of ours.") from None
    if not 0 < number <= LARGEST_NUMBER or _write(number) != cursor:
        raise invalid("cursor", "This cursor is not one of ours.")
    return number
