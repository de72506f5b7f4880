"""How many payments succeed day by day: of those that a card was tried for, among the newest."""

from __future__ import annotations

from datetime import timedelta

import pytest

from insights import succeeding
from insights.days import Days
from insights.succeeding import DayOfTries, tries_by_day
from payments.models import PaymentIntent
from tests.api.asking import a_sale
from tests.cast import NOON, Cast, a_payment, a_won_bid

TODAY = NOON.date()
YESTERDAY = TODAY - timedelta(days=1)


def declined(cast: Cast, *, days_ago: int = 0) -> None:
    at = NOON - timedelta(days=days_ago)
    payment = a_payment(a_won_bid(cast.bo, cast.saga, at=at), at=at)
    PaymentIntent.objects.filter(pk=payment.pk).update(last_error={"code": "card_declined"})


def test_before_the_first_try_there_is_no_day(cast: Cast) -> None:
    a_payment(a_won_bid(cast.bo, cast.saga))

    assert tries_by_day(since=YESTERDAY) == Days(YESTERDAY, [], is_cut=False)


def test_each_day_has_its_tries_and_what_came_of_them(cast: Cast) -> None:
    a_sale(cast.bo, cast.saga, at=NOON - timedelta(days=1))
    declined(cast, days_ago=1)
    declined(cast, days_ago=1)
    a_sale(cast.bo, cast.saga, at=NOON)
    a_sale(cast.bo, cast.saga, at=NOON - timedelta(days=2))

    told = tries_by_day(since=YESTERDAY).days
    assert told == [DayOfTries(YESTERDAY, 3, 1), DayOfTries(TODAY, 1, 1)]
    assert [day.percent for day in told] == [33, 100]


def test_only_the_newest_are_looked_at(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(succeeding, "NEWEST", 1)
    declined(cast)
    a_sale(cast.bo, cast.saga, at=NOON)

    assert tries_by_day(since=YESTERDAY) == Days(TODAY, [DayOfTries(TODAY, 1, 1)], is_cut=True)
