"""The nine lines: they hold for a sale as it should be, and each falls when its own answer is wrong."""

import copy
from typing import Any

import pytest

from config.nine_checks import nine_checks
from config.reference_sale import Sale

LABELS = [
    "Payment Intent Created",
    "Payment Completed",
    "Transactions Created",
    "Commission Transaction",
    "Payout Transaction",
    "Payout Schedule Created",
    "Buyer API Working",
    "Seller API Working",
    "Payout API Working",
]


def good_sale() -> Sale:
    """What the API answers when all is well: Thursday's payment, paid out the second Monday after."""
    payment = {
        "id": "5f0c",
        "stripe_payment_intent_id": "pi_1",
        "total_amount": "11000.00",
        "commission_amount": "770.00",
        "seller_amount": "10230.00",
        "commission_rate": "7.00",
        "currency": "SEK",
        "status": "requires_payment_method",
        "outcome": None,
        "confirmed_at": None,
    }
    line = {"currency": "SEK", "payment_intent_id": "5f0c"}
    commission = line | {"transaction_type": "commission", "amount": "770.00", "status": "completed"}
    payout = line | {
        "transaction_type": "payout",
        "amount": "10230.00",
        "status": "pending",
        "payout_id": "77",
    }
    schedule = {"id": "77", "number": "PO-1", "status": "scheduled", "currency": "SEK"}
    schedule |= {"scheduled_date": "2026-12-28", "total_amount": "10230.00", "transaction_count": 1}
    done = {"status": "succeeded", "outcome": "sale", "confirmed_at": "2026-12-17T09:00:00+01:00"}
    return Sale(
        intent={"payment_intent": payment, "client_secret": "pi_1_secret", "publishable_key": "pk_test"},
        payment=payment | done,
        buyer_lines=[commission | {"user_role": "buyer", "payout_id": None}],
        seller_lines=[payout | {"user_role": "seller"}],
        payout=schedule | {"transactions": [payout]},
        buyer_payouts=[],
        seller_payouts=[schedule],
        buyer_before={"by_currency": []},
        seller_before={"by_currency": []},
        buyer_summary={"by_currency": [{"currency": "SEK", "commission_paid": "770.00"}]},
        seller_summary={"by_currency": [{"currency": "SEK", "pending_payouts": "10230.00"}]},
    )


def fallen(sale: Sale) -> set[str]:
    return {check.label for check in nine_checks(sale) if not check.holds}


def test_all_nine_hold_for_a_good_sale_in_their_order() -> None:
    checks = nine_checks(good_sale())

    assert [check.label for check in checks] == LABELS
    assert [str(check) for check in checks if not check.holds] == []
    assert str(checks[3]) == "✓ Commission Transaction: 770.00 SEK, completed, 7.00 % of 11000.00"
    assert str(checks[4]) == "✓ Payout Transaction: 10230.00 SEK, pending"
    assert str(checks[5]) == "✓ Payout Schedule Created: PO-1, due Monday 2026-12-28"


WRONG: list[tuple[str, str, Any, set[str]]] = [
    ("intent", "payment_intent.total_amount", "11000.0", {"Payment Intent Created"}),
    ("intent", "payment_intent.currency", "EUR", {"Payment Intent Created"}),
    ("intent", "payment_intent.commission_rate", "9.00", {"Payment Intent Created"}),
    ("intent", "payment_intent.stripe_payment_intent_id", None, {"Payment Intent Created"}),
    ("payment", "status", "processing", {"Payment Completed"}),
    ("payment", "outcome", "returned", {"Payment Completed"}),
    ("payment", "total_amount", "11000.01", {"Payment Completed"}),
    ("payment", "commission_amount", "769.99", {"Payment Completed"}),
    ("payment", "seller_amount", "10230.01", {"Payment Completed"}),
    ("payment", "confirmed_at", None, {"Payment Completed", "Payout Schedule Created"}),
    ("payment", "confirmed_at", "lately", {"Payment Completed", "Payout Schedule Created"}),
    ("buyer_lines", "0.amount", "770.01", {"Commission Transaction"}),
    ("buyer_lines", "0.currency", "EUR", {"Commission Transaction"}),
    ("buyer_lines", "0.status", "pending", {"Commission Transaction"}),
    ("buyer_lines", "0.user_role", "seller", {"Commission Transaction"}),
    ("seller_lines", "0.amount", "10229.99", {"Payout Transaction"}),
    ("seller_lines", "0.currency", "EUR", {"Payout Transaction"}),
    ("seller_lines", "0.status", "completed", {"Payout Transaction"}),
    ("seller_lines", "0.user_role", "buyer", {"Payout Transaction"}),
    ("seller_lines", "0.payout_id", "78", {"Payout Schedule Created"}),
    ("payout", "status", "held", {"Payout Schedule Created"}),
    ("payout", "scheduled_date", "2026-12-23", {"Payout Schedule Created"}),
    ("payout", "scheduled_date", "2026-12-27", {"Payout Schedule Created"}),
    ("payout", "scheduled_date", "2026-12-29", {"Payout Schedule Created"}),
    ("payout", "currency", "EUR", {"Payout Schedule Created"}),
    ("payout", "transactions.0.amount", "10229.00", {"Payout Schedule Created", "Payout API Working"}),
    ("payout", "transactions", [], {"Payout Schedule Created", "Payout API Working"}),
    ("buyer_summary", "by_currency.0.commission_paid", "700.00", {"Buyer API Working"}),
    ("buyer_summary", "by_currency", [], {"Buyer API Working"}),
    (
        "seller_before",
        "by_currency",
        [{"currency": "SEK", "pending_payouts": "1.00"}],
        {"Seller API Working"},
    ),
    ("seller_summary", "by_currency.0.pending_payouts", "0.00", {"Seller API Working"}),
    ("seller_summary", "by_currency.0.currency", "EUR", {"Seller API Working"}),
    ("seller_payouts", "0.total_amount", "770.00", {"Payout API Working"}),
    ("seller_payouts", "0.transaction_count", 2, {"Payout API Working"}),
    ("seller_payouts", "0.id", "78", {"Payout API Working"}),
]


@pytest.mark.parametrize(("answer", "where", "value", "labels"), WRONG)
def test_a_wrong_answer_fells_its_own_check(answer: str, where: str, value: object, labels: set[str]) -> None:
    sale = copy.deepcopy(good_sale())
    *path, last = where.split(".")
    inside = getattr(sale, answer)
    for step in path:
        inside = inside[int(step) if step.isdigit() else step]
    inside[last] = value

    assert fallen(sale) == labels


def test_a_second_commission_line_is_seen() -> None:
    sale = good_sale()
    sale.buyer_lines = sale.buyer_lines * 2

    assert {"Transactions Created", "Commission Transaction", "Buyer API Working"} <= fallen(sale)


def test_a_line_shown_to_the_wrong_side_is_seen() -> None:
    sale = good_sale()
    sale.buyer_lines = sale.buyer_lines + sale.seller_lines

    assert "Buyer API Working" in fallen(sale)

    sale = good_sale()
    sale.seller_lines = sale.seller_lines + sale.buyer_lines

    assert "Seller API Working" in fallen(sale)


def test_a_payout_listed_twice_is_seen() -> None:
    sale = good_sale()
    sale.seller_payouts = sale.seller_payouts * 2

    assert fallen(sale) == {"Payout API Working"}


def test_a_buyer_who_sees_payouts_is_seen() -> None:
    sale = good_sale()
    sale.buyer_payouts = sale.seller_payouts

    assert fallen(sale) == {"Payout API Working"}


def test_a_sale_that_stopped_says_where_in_each_line_it_did_not_reach() -> None:
    sale = Sale(intent=good_sale().intent, stopped="POST /v1/payment_intents/pi_1/confirm answered 402")
    checks = nine_checks(sale)

    assert [check.holds for check in checks] == [True] + [False] * 8
    assert {check.figure for check in checks[1:]} == {"POST /v1/payment_intents/pi_1/confirm answered 402"}
