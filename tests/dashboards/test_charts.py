"""What is drawn: bars and stages, and beside each drawing its figures in words."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone, translation

from dashboards.charts import bars_of, decline_words, shares_of, span_of, stages_of
from insights import selling
from insights.days import Days
from insights.funnel import Funnel
from insights.selling import DayOfSales
from insights.succeeding import DayOfTries
from tests.api.asking import a_sale
from tests.cast import Cast
from tests.dashboards.reading import Reader, Sheet

MONDAY = date(2026, 11, 23)


def sold(days_ago: int, net_minor: int, *, currency: str = "SEK") -> DayOfSales:
    return DayOfSales(MONDAY - timedelta(days=days_ago), currency, 1, net_minor)


def bars(page: Sheet) -> int:
    return sum(rect.get("width") == "8" for rect in page.all("rect"))


def test_the_highest_bar_is_as_high_as_the_drawing_and_a_small_one_is_seen() -> None:
    selling = Days(MONDAY - timedelta(days=2), [sold(2, 1), sold(1, 50_000), sold(0, 100_000)], False)
    [chart] = bars_of(selling, until=MONDAY)

    assert [(bar.x, bar.y, bar.height) for bar in chart.bars] == [(1, 99, 1), (11, 50, 50), (21, 0, 100)]
    assert (chart.width, chart.net_minor, chart.highest.day) == (30, 150_001, MONDAY)


def test_currencies_are_never_added() -> None:
    selling = Days(MONDAY, [sold(0, 5, currency="SEK"), sold(0, 7, currency="EUR")], False)

    assert [(c.currency, c.net_minor) for c in bars_of(selling, until=MONDAY)] == [("EUR", 7), ("SEK", 5)]
    assert bars_of(Days(MONDAY, [], False), until=MONDAY) == []


def test_a_share_is_as_high_as_it_is_large_and_the_lowest_is_named() -> None:
    tries = [DayOfTries(MONDAY - timedelta(days=1), 3, 1), DayOfTries(MONDAY, 2, 2)]
    shares = shares_of(Days(MONDAY - timedelta(days=29), tries, is_cut=False), until=MONDAY)

    assert shares is not None and shares.lowest == tries[0]
    assert [(bar.x, bar.y, bar.height) for bar in shares.bars] == [(281, 67, 33), (291, 0, 100)]
    assert shares_of(Days(MONDAY, [], is_cut=False), until=MONDAY) is None


@pytest.mark.parametrize(("typed", "span"), [("", 30), ("90", 90), ("365", 365), ("7", 30), ("x", 30)])
def test_a_span_is_one_of_three(typed: str, span: int) -> None:
    assert span_of(typed) == span


@translation.override("en")
def test_each_stage_is_a_share_of_the_one_before() -> None:
    stages = stages_of(Funnel(won=200, opened=100, attempted=50, paid=49, paid_out=0, declines=[]))

    assert [(stage.width, stage.percent) for stage in stages] == [
        (100, None), (50, 50), (25, 50), (24, 98), (0, 0),
    ]  # fmt: skip
    assert [stage.percent for stage in stages_of(Funnel(0, 0, 0, 0, 0, []))] == [None] * 5


@translation.override("en")
def test_codes_with_one_sentence_are_one_reason() -> None:
    told = decline_words(Funnel(0, 0, 0, 0, 0, [("expired_card", 3), ("lost_card", 2), ("stolen_card", 2)]))

    assert told == [
        ("The bank does not allow this card. Use another card.", 4),
        ("The card has expired. Use another card.", 3),
    ]


def test_a_seller_sees_the_days_and_each_leads_to_its_sales(cast: Cast, saga: Reader) -> None:
    today = timezone.localdate()
    a_sale(cast.bo, cast.saga)
    a_sale(cast.bo, cast.saga, at=timezone.now() - timedelta(days=40))
    page = saga.get("/seller/")

    assert f"The highest: 10,230.00 SEK on {today}." in page.html.replace("\u00a0", " ")
    assert bars(page) == 1
    assert f"/seller/?since={today}&until={today}#list" in page.links
    assert bars(saga.get("/seller/?days=90")) == 2


def test_without_a_sale_in_these_days_it_says_so_and_before_the_first_nothing(
    cast: Cast, saga: Reader
) -> None:
    assert "Net sales per day" not in saga.get("/seller/").text
    a_sale(cast.bo, cast.saga, at=timezone.now() - timedelta(days=40))

    assert "Nothing was sold in these days." in saga.get("/seller/").text


def test_an_operator_sees_how_far_wins_come(cast: Cast, olga: Reader) -> None:
    page = olga.get("/operator/").text
    assert "From the win to the bank" in page and "No payment is declined now." in page
    assert "per day" not in page
    a_sale(cast.bo, cast.saga)

    page = olga.get("/operator/").text
    assert (
        "Won 1 Opened 1 100 % of those before Card tried 1 100 % of those before Paid 1 100 % of those before"
        in page
    )
    assert "Payments that succeed, per day" in page and "1 1 100 %" in page
    assert "At the seller's bank 0 0 % of those before" in page.replace("’", "'")


@translation.override("en")
def test_a_code_that_we_do_not_know_is_told_as_to_the_buyer() -> None:
    told = decline_words(Funnel(1, 1, 1, 0, 0, [("", 2)]))

    assert told == [("Your bank declined the card. Try another card, or ask your bank why.", 2)]


def test_where_more_was_sold_than_is_counted_it_says_so(
    cast: Cast, saga: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_sale(cast.bo, cast.saga)
    assert "not whole" not in saga.get("/seller/").text
    monkeypatch.setattr(selling, "NEWEST", 1)

    assert "Only the newest are counted: the first day is not whole." in saga.get("/seller/").text
