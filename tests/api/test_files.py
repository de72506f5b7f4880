"""Every list is a file too: the same rows under the same names, with exact amounts."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.api.asking import INTENTS, PAYOUTS, Asking, a_sale, refused
from tests.api.test_transactions import rows_of
from tests.cast import Cast, an_auction, deliver, event_of

AUCTIONS = "/api/auctions/"
ADMIN = "/api/payments/admin/"
LISTS = {
    AUCTIONS: ("saga", ["amount_minor", "reserve_price_minor"]),
    "/api/bids/": ("bo", ["amount_minor"]),
    INTENTS: (
        "saga",
        ["amount_minor", "commission_amount_minor", "seller_amount_minor", "refunded_amount_minor"],
    ),
    "/api/payments/transactions/": ("saga", ["amount_minor"]),
    PAYOUTS: ("saga", ["amount_minor"]),
    ADMIN + "pending-payouts/": ("olga", ["amount_minor"]),
    ADMIN + "payment-intents/": (
        "olga",
        ["amount_minor", "commission_amount_minor", "seller_amount_minor", "refunded_amount_minor"],
    ),
    ADMIN + "transactions/": ("olga", ["amount_minor"]),
    ADMIN + "events/": ("olga", []),
    ADMIN + "audit-log/": ("olga", []),
}


def cell(value: object) -> str:
    """A value of the JSON as its cell shows it."""
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else str(value)


def told_as_cells(row: dict[str, Any]) -> dict[str, str]:
    return {name: cell(value) for name, value in row.items() if not isinstance(value, list)}


@pytest.mark.parametrize(("path", "who", "counted"), [(path, *told) for path, told in LISTS.items()])
def test_a_file_has_every_row_of_its_list(cast: Cast, path: str, who: str, counted: list[str]) -> None:
    for days in range(3):
        sale = a_sale(cast.bo, cast.saga, at=timezone.now() - timedelta(days=7 * days))
        deliver(event_of("price.updated", {"id": str(sale.pk)}))
    asking = Asking(getattr(cast, who))
    listed = asking.get(path, limit=100).json()
    answer = asking.get(path, format="csv", limit=1)
    content, rows = rows_of(answer)

    assert answer.streaming and answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "Link" not in answer.headers
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == content.count(b"\n") == len(listed) + 1 >= 4
    assert list(rows[0]) == [*told_as_cells(listed[0]), *counted]
    without_counts = [{name: row[name] for name in row if name not in counted} for row in rows]
    assert without_counts == [told_as_cells(row) for row in listed]


def test_an_amount_is_counted_in_its_smallest_unit(cast: Cast, saga: Asking) -> None:
    a_sale(cast.bo, cast.saga)
    a_sale(cast.bo, cast.saga, currency="JPY", amount_minor=11_000, reserve_minor=None)
    _, (yen, kronor) = rows_of(saga.get(INTENTS, format="csv"))
    names = ("amount_minor", "commission_amount_minor", "seller_amount_minor", "refunded_amount_minor")

    assert [kronor[name] for name in names] == ["1100000", "77000", "1023000", "0"]
    assert [yen[name] for name in names] == ["11000", "770", "10230", "0"]


def test_a_file_keeps_the_reserve_secret_too(cast: Cast, saga: Asking, bo: Asking) -> None:
    an_auction(cast.saga, at=timezone.now())
    (sellers,), (buyers,) = (rows_of(asking.get(AUCTIONS, format="csv"))[1] for asking in (saga, bo))

    assert (sellers["reserve_price"], sellers["reserve_price_minor"]) == ("5000.00", "500000")
    assert (buyers["reserve_price"], buyers["reserve_price_minor"]) == ("", "")
    assert (buyers["current_bid"], buyers["amount_minor"], buyers["winning_bid"]) == ("", "", "")


def test_a_file_keeps_the_filters(cast: Cast, olga: Asking) -> None:
    a_sale(cast.bo, cast.saga)

    for path, query in (
        (ADMIN + "payment-intents/", {"status": "canceled"}),
        (ADMIN + "events/", {"state": "dead"}),
        (ADMIN + "audit-log/", {"kind": "nothing.happened"}),
    ):
        content, rows = rows_of(olga.get(path, format="csv", **query))
        assert rows == [] and content.endswith(b"\r\n")


def test_a_file_asks_as_much_for_many_rows_as_for_one(cast: Cast, saga: Asking) -> None:
    asked = []
    for _ in range(2):
        an_auction(cast.saga, at=timezone.now())
        with CaptureQueriesContext(connection) as seen:
            rows_of(saga.get(AUCTIONS, format="csv"))
        asked.append(len(seen))

    assert asked[0] == asked[1] <= 5


@pytest.mark.parametrize("text", ["CSV", "", "xlsx", "csv "])
def test_no_other_format_is_known(saga: Asking, text: str) -> None:
    assert list(refused(saga.get(AUCTIONS, format=text), 422, "invalid")["errors"]) == ["format"]


def test_too_many_files_in_a_minute_are_told_to_wait(saga: Asking) -> None:
    for _ in range(20):
        assert saga.get(AUCTIONS, format="csv").status_code == 200
    answer = saga.get(INTENTS, format="csv")

    refused(answer, 429, "too_many_tries")
    assert 0 < int(answer.headers["Retry-After"]) <= 60
