"""Lines as JSON, page by page, filtered, and as CSV."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.api.asking import LINES, Asking, a_sale, refused
from tests.cast import Cast


def rows_of(answer: Any) -> tuple[bytes, list[dict[str, str]]]:
    content = b"".join(answer.streaming_content)
    text = content.decode("utf-8-sig")
    return content, list(csv.DictReader(io.StringIO(text, newline="")))


def test_each_side_has_its_own_line_of_a_sale(bo: Asking, saga: Asking, mallory: Asking, cast: Cast) -> None:
    sale = a_sale(cast.bo, cast.saga)
    (commission,), (payout,) = bo.get(LINES).json(), saga.get(LINES).json()

    assert (commission["transaction_type"], commission["amount"]) == ("commission", "770.00")
    assert (commission["status"], commission["user_role"]) == ("completed", "buyer")
    assert (commission["payout_id"], commission["other_party_company"]) == (None, "Sand & Söner")
    assert (payout["transaction_type"], payout["amount"]) == ("payout", "10230.00")
    assert (payout["status"], payout["user_role"]) == ("pending", "seller")
    assert (payout["other_party_company"], payout["payment_intent_id"]) == ("Bergs Antik", str(sale.pk))
    assert payout["payout_id"] == saga.get("/api/payments/payouts/").json()[0]["id"]
    assert mallory.get(LINES).json() == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"type": "payout"}, 2),
        ({"type": "commission"}, 0),
        ({"type": ["commission", "payout"]}, 2),
        ({"status": "pending"}, 2),
        ({"status": "completed"}, 0),
        ({"currency": "SEK"}, 2),
        ({"currency": ["EUR", "NOK"]}, 0),
        ({"role": "buyer"}, 0),
        ({"q": "lamp"}, 1),
        ({"q": "%"}, 0),
        ({"from": "2026-03-29", "to": "2026-03-29"}, 1),
        ({"from": "2026-03-30"}, 1),
        ({"to": "2026-03-28"}, 0),
    ],
)
def test_filters_keep_what_they_say(saga: Asking, cast: Cast, query: dict[str, Any], found: int) -> None:
    last_minute = datetime(2026, 3, 29, 21, 59, tzinfo=UTC)
    a_sale(cast.bo, cast.saga, at=last_minute, title="Lamp")
    a_sale(cast.bo, cast.saga, at=last_minute + timedelta(minutes=1), title="Chest")

    assert len(saga.get(LINES, **query).json()) == found


@pytest.mark.parametrize(
    "query",
    [
        {"type": "gift"},
        {"status": ["pending", "lost"]},
        {"currency": "sek"},
        {"role": "operator"},
        {"from": "2026-02-30"},
        {"to": "20260330"},
        {"from": "9999-12-31"},
        {"q": "a\x00b"},
        {"q": "x" * 201},
        {"limit": 0},
        {"limit": 101},
        {"limit": "many"},
        {"format": "xml"},
        *[
            {"cursor": text}
            for text in ("", "zzz", "é", "YmVmb3JlIDA", "YmVmb3JlIC0x", "9" * 400, "YmVmb3JlIDM=")
        ],
    ],
)
def test_parameters_that_say_nothing_are_refused(saga: Asking, query: dict[str, Any]) -> None:
    problem = refused(saga.get(LINES, **query), 422, "invalid")

    assert list(problem["errors"]) == list(query)


def test_pages_follow_by_their_link_and_lose_and_repeat_nothing(saga: Asking, cast: Cast) -> None:
    sales = [a_sale(cast.bo, cast.saga) for _ in range(5)]
    url, seen = f"{LINES}?limit=2&type=payout&type=commission", []
    while url:
        answer = saga.client.get(url, headers=saga.headers)
        seen.append([line["payment_intent_id"] for line in answer.json()])
        if len(seen) == 1:
            a_sale(cast.bo, cast.saga)
        found = re.fullmatch(r'<(http://testserver/.*)>; rel="next"', answer.headers.get("Link", ""))
        url = found.group(1) if found else ""
        assert "type=payout&type=commission" in url or not url

    newest_first = [str(sale.pk) for sale in reversed(sales)]
    assert seen == [newest_first[:2], newest_first[2:4], newest_first[4:]]


def test_csv_has_every_row_with_the_same_names_and_an_exact_amount(saga: Asking, cast: Cast) -> None:
    for _ in range(30):
        a_sale(cast.bo, cast.saga)
    answer = saga.get(LINES, format="csv", type="payout", limit=1)
    content, rows = rows_of(answer)

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert content.startswith(b"\xef\xbb\xbfid,transaction_type,")
    assert content.count(b"\r\n") == content.count(b"\n") == 31
    assert len(rows) == 30
    told = saga.get(LINES, limit=1).json()[0]
    assert list(rows[0]) == [*told, "amount_minor"]
    assert {name: value or None for name, value in rows[0].items()} == {
        **{name: None if value is None else str(value) for name, value in told.items()},
        "amount_minor": "1023000",
    }


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")'])
def test_no_cell_of_a_file_is_a_formula(saga: Asking, cast: Cast, text: str) -> None:
    cast.bo.company = text
    cast.bo.save()
    a_sale(cast.bo, cast.saga, title=text)
    _, (row,) = rows_of(saga.get(LINES, format="csv"))

    assert row["other_party_company"] == f"'{text}"
    assert row["auction_title"] == f"'{text.strip()}"


def test_a_day_is_stockholms_and_not_utcs(saga: Asking, cast: Cast) -> None:
    late_evening = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    a_sale(cast.bo, cast.saga, at=late_evening)

    assert len(saga.get(LINES, **{"from": "2026-07-02", "to": "2026-07-02"}).json()) == 1
    assert timezone.localtime(late_evening).day == 2
