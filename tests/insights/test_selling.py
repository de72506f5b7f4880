"""What was sold day by day: each sale on its day, in its currency, of the newest alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from insights import selling
from insights.selling import DayOfSales, sales_by_day
from payments.completion_services.payment_completion import PaymentCompletionService
from people.models import User
from tests.api.asking import a_sale
from tests.cast import NOON, Cast, a_charged_payment, a_won_bid

TODAY = NOON.date()
LONG_AGO = TODAY - timedelta(days=400)


def test_before_the_first_sale_there_is_no_day(cast: Cast) -> None:
    assert sales_by_day(cast.saga.pk, since=LONG_AGO).days == []


def test_each_day_has_its_sales_after_commission_and_each_currency_its_own(cast: Cast) -> None:
    for days in (0, 0, 3):
        a_sale(cast.bo, cast.saga, at=NOON - timedelta(days=days))
    a_sale(cast.bo, cast.saga, currency="EUR", amount_minor=100_000, reserve_minor=None, at=NOON)
    a_sale(cast.bo, User.objects.create(email="sven@klubba.example", is_seller=True), at=NOON)

    assert sales_by_day(cast.saga.pk, since=LONG_AGO).days == [
        DayOfSales(TODAY - timedelta(days=3), "SEK", 1, 1_023_000),
        DayOfSales(TODAY, "EUR", 1, 93_000),
        DayOfSales(TODAY, "SEK", 2, 2_046_000),
    ]


def test_a_day_is_one_where_the_platform_lives(cast: Cast) -> None:
    a_sale(cast.bo, cast.saga, at=datetime(2026, 11, 20, 23, 30, tzinfo=UTC))

    [day] = sales_by_day(cast.saga.pk, since=LONG_AGO).days
    assert day.day == date(2026, 11, 21)


def test_what_was_sold_before_is_not_told(cast: Cast) -> None:
    for days in (0, 30):
        a_sale(cast.bo, cast.saga, at=NOON - timedelta(days=days))

    told = sales_by_day(cast.saga.pk, since=TODAY - timedelta(days=29))
    assert [day.day for day in told.days] == [TODAY] and told.since == TODAY - timedelta(days=29)


def test_of_more_than_are_read_the_newest_are_told_and_that_it_is_cut(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selling, "NEWEST", 3)
    for days in (2, 2, 1, 0):
        a_sale(cast.bo, cast.saga, at=NOON - timedelta(days=days))

    told = sales_by_day(cast.saga.pk, since=LONG_AGO)
    assert (told.since, told.is_cut) == (TODAY - timedelta(days=2), True)
    assert [day.sales for day in told.days] == [1, 1, 1]
    assert not sales_by_day(cast.saga.pk, since=TODAY - timedelta(days=1)).is_cut


def test_a_sale_is_told_on_its_day_of_payment_however_late_it_was_completed(cast: Cast) -> None:
    payment = a_charged_payment(a_won_bid(cast.bo, cast.saga), at=NOON)
    PaymentCompletionService.process_payment_completion(payment, at=NOON + timedelta(days=1))

    assert [day.day for day in sales_by_day(cast.saga.pk, since=LONG_AGO).days] == [TODAY]
