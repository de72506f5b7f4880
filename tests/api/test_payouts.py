"""Payouts and totals over HTTP."""

from __future__ import annotations

import pytest

from tests.api.asking import PAYOUTS, Asking, a_sale, refused
from tests.cast import Cast

SUMMARY = "/api/payments/summary/"


def test_a_seller_sees_what_is_scheduled_and_what_is_in_it(saga: Asking, cast: Cast) -> None:
    for _ in range(2):
        a_sale(cast.bo, cast.saga)
    (listed,) = saga.get(PAYOUTS).json()
    whole = saga.get(f"{PAYOUTS}{listed['id']}/").json()

    assert (listed["total_amount"], listed["transaction_count"]) == ("20460.00", 2)
    assert (listed["status"], listed["state"], listed["number"][:3]) == ("scheduled", "scheduled", "PO-")
    assert (listed["processed_date"], listed["stripe_payout_id"], listed["reason"]) == (None, None, None)
    assert {name: whole[name] for name in listed} == listed
    assert [line["amount"] for line in whole["transactions"]] == ["10230.00", "10230.00"]
    assert {line["payout_id"] for line in whole["transactions"]} == {listed["id"]}
    none = {"refunded": "0.00", "contested": "0.00", "netted": "0.00"}
    assert whole["equation"] == none | {"gross": "20460.00", "net": "20460.00"}
    assert [step["expected"] for step in whole["timeline"]] == [False, True]
    assert whole["timeline"][1]["at"].startswith(listed["scheduled_date"])


@pytest.mark.parametrize("nick", ["bo", "olga"])
def test_who_does_not_sell_has_no_payouts_and_sees_nobody_elses(cast: Cast, saga: Asking, nick: str) -> None:
    """An operator sees them too, but at the operators' addresses."""
    other = Asking(getattr(cast, nick))
    a_sale(cast.bo, cast.saga)
    payout_id = saga.get(PAYOUTS).json()[0]["id"]

    assert other.get(PAYOUTS).json() == []
    refused(other.get(f"{PAYOUTS}{payout_id}/"), 404, "not_found")


def test_totals_are_each_persons_own(bo: Asking, saga: Asking, cast: Cast) -> None:
    a_sale(cast.bo, cast.saga)
    buyer, seller = bo.get(SUMMARY).json(), saga.get(SUMMARY).json()

    assert (buyer["commission_paid"], buyer["total_sales"]) == ("770.00", "0.00")
    assert (seller["pending_payouts"], seller["total_sales"]) == ("10230.00", "11000.00")
    assert (seller["total_received"], seller["commission_paid"]) == ("0.00", "0.00")
    assert seller["by_currency"] == [{k: v for k, v in seller.items() if k != "by_currency"}]


def test_currencies_are_never_added(saga: Asking, cast: Cast) -> None:
    a_sale(cast.bo, cast.saga)
    a_sale(cast.bo, cast.saga, currency="JPY", amount_minor=11_000, reserve_minor=None)
    told = saga.get(SUMMARY).json()

    assert (told["currency"], told["total_sales"]) == ("JPY", "11000")
    sales = {sums["currency"]: sums["total_sales"] for sums in told["by_currency"]}
    assert sales == {"JPY": "11000", "SEK": "11000.00"}


def test_nothing_yet_is_nought_and_not_missing(mallory: Asking) -> None:
    nought = dict.fromkeys(("total_received", "pending_payouts", "total_sales", "commission_paid"), "0.00")

    assert mallory.get(SUMMARY).json() == {**nought, "currency": "SEK", "by_currency": []}


@pytest.mark.parametrize(("status", "count"), [("scheduled", 1), ("completed", 0), ("failed", 0)])
def test_payouts_are_filtered_by_the_status_they_show(
    cast: Cast, saga: Asking, status: str, count: int
) -> None:
    a_sale(cast.bo, cast.saga)

    assert len(saga.get(PAYOUTS, status=status).json()) == count


def test_payouts_as_csv_are_the_same_rows(cast: Cast, saga: Asking) -> None:
    a_sale(cast.bo, cast.saga)

    header, row, rest = saga.get(PAYOUTS, format="csv").getvalue().decode().split("\r\n")

    assert header.startswith("\ufeffid,number,seller_id") and header.endswith(",amount_minor")
    assert row.endswith(",1023000") and rest == ""
