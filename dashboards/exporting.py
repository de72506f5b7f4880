"""A list as a file: exactly its rows, as CSV that every spreadsheet opens and none takes for formulas."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
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

Cells = dict[str, str]
Told = Callable[[list[Any]], Iterable[Cells]]


@dataclass(frozen=True)
class Money:
    """An amount, as two cells: decimal, and in the smallest unit."""

    amount_minor: int
    currency: str

    def cells(self, name: str) -> Cells:
        return {
            name: format_minor(self.amount_minor, self.currency),
            pgettext("column", "%(name)s, minor units") % {"name": name}: str(self.amount_minor),
        }


def text(words: object) -> str:
    """What somebody wrote, which is not to be computed."""
    written = str(words)
    return f"'{written}" if written.startswith(BEGINS_A_FORMULA) else written


def moment(at: datetime | None) -> str:
    """ISO 8601 in the platform's zone, empty if it has not come."""
    return at.astimezone(PLATFORM_ZONE).isoformat(timespec="seconds") if at else ""


def csv_file(rows: QuerySet[Any], told: Told, *, name: str) -> StreamingHttpResponse:
    """The rows, newest first, as a file that is written while it is read: at any length in little memory.

    `rows` have a growing `number`; `told` says what is told of up to 500 of them, by the names of columns.
    """
    day = timezone.localdate()
    return StreamingHttpResponse(
        _lines(rows, told, language=translation.get_language() or "en"),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="klubba-{name}-{day}.csv"'},
    )


def _lines(rows: QuerySet[Any], told: Told, *, language: str) -> Iterator[str]:
    """Each set is asked for by itself: no statement and no transaction lasts as long as the reader."""
    newest_first = rows.order_by("-number")
    found, is_first = list(newest_first[:ROWS_AT_ONCE]), True
    yield BYTE_ORDER_MARK
    while found:
        with translation.override(language):
            cells = list(told(found))
        yield _written(cells, with_names=is_first)
        found, is_first = list(newest_first.filter(number__lt=found[-1].number)[:ROWS_AT_ONCE]), False


def _written(cells: list[Cells], *, with_names: bool) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, list(cells[0]))
    if with_names:
        writer.writeheader()
    writer.writerows(cells)
    return file.getvalue()


def payments_told_to(reader: User) -> Told:
    """What a buyer or an operator is told of payments."""

    def told(payments: list[PaymentIntent]) -> Iterator[Cells]:
        for payment in payments:
            commission_minor = payment.commission_minor if payment.outcome == "sale" else 0
            yield {
                _("Payment"): str(payment),
                _("Item"): text(payment.auction.title),
                _("Seller"): text(payment.seller.shown_company),
                _("Status"): payment_word(payment, reader=reader).text,
                _("Begun"): moment(payment.created_at),
                _("Paid"): moment(payment.charged_at),
                _("Currency"): payment.currency,
                **Money(payment.total_minor, payment.currency).cells(_("Amount")),
                **Money(commission_minor, payment.currency).cells(_("Commission")),
            }

    return told
