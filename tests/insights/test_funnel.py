"""How far the newest wins came, and what stopped those that did not."""

from __future__ import annotations

import pytest

from insights import funnel
from insights.funnel import Funnel, funnel_of_wins
from payments.models import PaymentIntent
from payouts.arriving import record_payout_paid
from payouts.models import PayoutSchedule
from tests.api.asking import a_sale
from tests.cast import Cast, a_payment, a_won_bid
from tests.payouts.moving import DUE, account_of, an_account, facts, in_the_bank, sales_of


def declined(cast: Cast, **error: str) -> None:
    payment = a_payment(a_won_bid(cast.bo, cast.saga))
    PaymentIntent.objects.filter(pk=payment.pk).update(last_error=error)


def test_before_anything_nobody_came_anywhere(db: None) -> None:
    assert funnel_of_wins() == Funnel(0, 0, 0, 0, 0, declines=[])


def test_each_stage_counts_those_who_came_at_least_so_far(cast: Cast) -> None:
    an_account(cast.saga)
    sales_of(cast, 1)
    payout = in_the_bank(PayoutSchedule.objects.get())
    record_payout_paid(facts(payout.payout), account=account_of(payout), at=DUE)
    a_sale(cast.bo, cast.saga)
    declined(cast, code="card_declined")
    a_payment(a_won_bid(cast.bo, cast.saga))
    a_won_bid(cast.bo, cast.saga)

    told = funnel_of_wins()
    assert (told.won, told.opened, told.attempted, told.paid, told.paid_out) == (5, 4, 3, 2, 1)


def test_a_win_that_was_begun_twice_is_one(cast: Cast) -> None:
    bid = a_won_bid(cast.bo, cast.saga)
    first = a_payment(bid)
    PaymentIntent.objects.filter(pk=first.pk).update(status="canceled", last_error={"code": "expired_card"})
    a_payment(bid)

    told = funnel_of_wins()
    assert (told.won, told.opened, told.attempted) == (1, 1, 1)


def test_the_most_frequent_reasons_come_first_by_the_most_exact_code(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for code in ("lost_card", "insufficient_funds", "insufficient_funds"):
        declined(cast, code="card_declined", decline_code=code)
    declined(cast, code="expired_card")

    assert funnel_of_wins().declines == [("insufficient_funds", 2), ("expired_card", 1), ("lost_card", 1)]
    monkeypatch.setattr(funnel, "MOST_REASONS", 1)
    assert funnel_of_wins().declines == [("insufficient_funds", 2)]


def test_only_the_newest_wins_are_counted(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    a_sale(cast.bo, cast.saga)
    a_won_bid(cast.bo, cast.saga)
    monkeypatch.setattr(funnel, "NEWEST", 1)

    told = funnel_of_wins()
    assert (told.won, told.opened) == (1, 0)
