"""A list as a file: exactly its rows, as CSV that every spreadsheet opens and none takes for formulas."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from dashboards.wording import payment_word
from money.amounts import format_minor
from payments.models import PaymentIntent
from payouts.bank_days import PLATFORM_ZONE
from people.models import User

ROWS_AT_ONCE = 500
# Without it a spreadsheet takes UTF-8 for something older.
BYTE_ORDER_MARK = "\ufeff"
BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")

# What each column, by its name in the reader's language, tells of a row.
Columns = dict[str, Callable[[Any], str]]


def money(name: str, minor_of: Callable[[Any], int], currency_of: Callable[[Any], str]) -> Columns:
    """An amount, as two columns: decimal, and in the smallest unit."""
    return {
        name: lambda row: format_minor(minor_of(row), currency_of(row)),
        pgettext("column", "%(name)s, minor units") % {"name": name}: lambda row: str(minor_of(row)),
    }


def text(words: object) -> str:
    """What somebody wrote, which is not to be computed."""
    written = str(words)
    return f"'{written}" if written.startswith(BEGINS_A_FORMULA) else written


def moment(at: datetime | None) -> str:
    """ISO 8601 in the platform's zone, empty if it has not come."""
    return at.astimezone(PLATFORM_ZONE).isoformat(timespec="seconds") if at else ""


def csv_file(
    rows: QuerySet[Any],
    columns: Callable[[], Columns],
    *,
    name: str,
    prepare: Callable[[list[Any]], Iterable[Any]] = list,
) -> StreamingHttpResponse:
    """The rows, newest first, as a file that is written while it is read: at any length in little memory.

    `rows` have a growing `number`; `prepare` makes of up to 500 of them what the columns tell of.
    """
    day = timezone.localdate()
    return StreamingHttpResponse(
        _lines(rows, columns, prepare, language=translation.get_language() or "en"),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="klubba-{name}-{day}.csv"'},
    )


def _lines(
    rows: QuerySet[Any],
    columns: Callable[[], Columns],
    prepare: Callable[[list[Any]], Iterable[Any]],
    *,
    language: str,
) -> Iterator[str]:
    """Each set is asked for by itself: no statement and no transaction lasts as long as the reader."""
    with translation.override(language):
        told = columns()
    newest_first = rows.order_by("-number")
    yield BYTE_ORDER_MARK + _written([list(told)])
    found = list(newest_first[:ROWS_AT_ONCE])
    while found:
        with translation.override(language):
            lines = _written([cell(row) for cell in told.values()] for row in prepare(found))
        yield lines
        found = list(newest_first.filter(number__lt=found[-1].number)[:ROWS_AT_ONCE])


def _written(lines: Iterable[list[str]]) -> str:
    file = io.StringIO()
    csv.writer(file).writerows(lines)
    return file.getvalue()


def payments_told_to(reader: User) -> Callable[[], Columns]:
    """What a buyer or an operator is told of payments."""

    def currency(payment: PaymentIntent) -> str:
        return payment.currency

    def commission_minor(payment: PaymentIntent) -> int:
        return payment.commission_minor if payment.outcome == PaymentIntent.Outcome.SALE else 0

    return lambda: {
        _("Payment"): str,
        _("Item"): lambda payment: text(payment.auction.title),
        _("Seller"): lambda payment: text(payment.seller.shown_company),
        _("Status"): lambda payment: payment_word(payment, reader=reader).text,
        _("Begun"): lambda payment: moment(payment.created_at),
        _("Paid"): lambda payment: moment(payment.charged_at),
        _("Currency"): currency,
        **money(_("Amount"), lambda payment: payment.total_minor, currency),
        **money(_("Commission"), commission_minor, currency),
    }
