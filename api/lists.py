"""How every list is answered: one page as JSON, or all of its rows as CSV."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from api.exporting import export
from api.fields import Answer
from api.paging import Paging, page_of

Row = TypeVar("Row", bound=Model)
Shown = TypeVar("Shown", bound=Answer)


def answer_list(
    rows: QuerySet[Row],
    paging: Paging,
    present: Callable[[Row], Shown],
    shape: type[Shown],
    *,
    by: str,
    present_page: Callable[[Iterable[Row]], list[Shown]] | None = None,
    request: HttpRequest,
    response: HttpResponse,
) -> list[Shown] | HttpResponseBase:
    """The rows, newest first by `by`, as `paging` asks for them.

    `present_page` presents a whole page, where its rows hold lists that a file leaves out.

    Raises:
        Refused: the cursor is none of ours.
        BudgetSpent: one person exported more often than 20 times in a minute.
    """
    if paging.format == "csv":
        return export(rows, present, shape, request=request)
    page = page_of(rows, paging, by=by, request=request, response=response)
    return present_page(page) if present_page else [present(row) for row in page]
