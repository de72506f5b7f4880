"""We and Stripe beside each other: equal where nothing is amiss, and each difference is named."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest
from django.db import connection

from gateway.client import StripeAway
from payments.models import PaymentIntent
from payouts.models import PayoutAttempt
from payouts.processors import PayoutProcessor
from tests.cast import NOON, Cast
from tests.databases import past_every_trigger
from tests.payouts.wire import Wire, at_noon
from tests.treasury.market import AT_ONCE, IN_TWO_DAYS, Market
from treasury.balance_transactions import poll_movements
from treasury.equality import Comparison, compare_with_stripe

A_MONTH = timedelta(days=30)
DECLINED = {"amount": 5_000, "currency": "sek", "confirm": True, "payment_method": "pm_card_chargeDeclined"}
BALANCE_MINOR = 2 * 1_083_320 - 1_023_000


@pytest.fixture
def wire(market: Market, cast: Cast) -> Wire:
    """Two sales, one of them on its way to Saga's bank, and a card that was declined; all of it is kept."""
    wire = at_noon(market.sandbox, cast)
    wire.onboard(cast.saga)
    wire.sell()
    PayoutProcessor.pay_due_schedules(at=wire.pass_days(7))
    wire.sell()
    wire.api.call("POST", "/v1/payment_intents", DECLINED)
    poll_movements(at=wire.now)
    return wire


def compared(wire: Wire, *, known_upto: datetime | None = None) -> Comparison:
    return compare_with_stripe(since=wire.now - A_MONTH, known_upto=known_upto or wire.now + A_MONTH)


# Numbers go on from test to test.
NEWEST = "(SELECT max(number) FROM payments_paymentintent)"
# What somebody does to our rows, and the only sentences that tell of it.
DONE = {
    "UPDATE payments_paymentintent SET total_minor = total_minor + 1, seller_minor = seller_minor + 1"
    " WHERE number = {newest}": ["The charge {charge} of 11000.00 SEK is 11000.01 SEK here."],
    "UPDATE payments_paymentintent SET currency = 'EUR' WHERE number = {newest}": [
        "The charge {charge} of 11000.00 SEK is 11000.00 EUR here."
    ],
    "UPDATE payments_paymentintent SET status = 'processing', outcome = NULL, succeeded_at = NULL"
    " WHERE number = {newest}": ["No payment of ours succeeded by the charge {charge} of 11000.00 SEK."],
    "UPDATE payments_paymentintent SET stripe_charge_id = 'ch_x' WHERE number = {newest}": [
        "No payment of ours succeeded by the charge {charge} of 11000.00 SEK.",
        "Stripe does not list the charge ch_x, by which we were paid.",
    ],
    "DELETE FROM treasury_balancetransaction WHERE type = 'transfer'": [
        "Our balance is 11436.40 SEK at Stripe, and its movements are 21666.40 SEK here."
    ],
    "UPDATE treasury_balancetransaction SET journal_key = NULL WHERE type = 'transfer'": [
        "Nothing here stands for the transfer {transfer} of -10230.00 SEK."
    ],
    "UPDATE payouts_payoutattempt SET stripe_payout_id = 'po_x'": [
        "The payout po_x of 10230.00 SEK is on its way here, and Stripe does not know it (resource_missing)."
    ],
    "UPDATE payouts_payoutattempt SET amount_minor = amount_minor + 1": [
        "The payout {payout} of 10230.01 SEK is 10230.00 SEK at Stripe."
    ],
}


def test_where_nothing_is_amiss_they_are_equal_and_whatever_is_done_to_a_row_is_named(wire: Wire) -> None:
    found = compared(wire)
    assert (found.differences, found.later, found.charges) == ([], [], 2)
    assert found.balance == {"SEK": BALANCE_MINOR}

    named = ids_at_stripe(wire)
    for statement, sentences in DONE.items():
        with past_every_trigger():
            with connection.cursor() as cursor:
                cursor.execute(statement.format(newest=NEWEST))
                assert cursor.rowcount == 1, statement
            assert compared(wire).differences == [one.format(**named) for one in sentences], statement
    assert compared(wire).differences == []


def ids_at_stripe(wire: Wire) -> dict[str, str]:
    lines = {line["type"]: line["id"] for line in wire.api.journal() if line["status"] != "failed"}
    return {kind: lines[kind] for kind in ("charge", "transfer", "payout")}


def test_what_the_bank_has_and_we_have_not_heard_of_is_named(wire: Wire) -> None:
    wire.pass_days(5)

    payout = PayoutAttempt.objects.get().stripe_payout_id
    told = f"The payout {payout} of 10230.00 SEK is on its way here, and paid at Stripe."
    assert compared(wire).differences == [told]


def test_what_was_begun_later_than_we_can_know_is_told_apart_from_what_is_nobodys(wire: Wire) -> None:
    before = wire.now - timedelta(seconds=1)
    marked = wire.api.paid(amount=5_000, card=IN_TWO_DAYS, metadata={"payment": str(uuid.uuid4())})
    poll_movements(at=wire.now)

    told = f"charge {marked['latest_charge']} of 50.00 SEK"
    assert (compared(wire, known_upto=before).differences, compared(wire, known_upto=before).later) == (
        [],
        [told],
    )
    assert compared(wire).differences == [f"No payment of ours succeeded by the {told}."]

    known = str(PaymentIntent.objects.all()[0].pk)
    for metadata in ({}, {"payment": "rent"}, {"payment": known}):
        foreign = wire.api.paid(amount=7_000, card=AT_ONCE, metadata=metadata)
        poll_movements(at=wire.now)
        (difference,) = [
            one
            for one in compared(wire, known_upto=before).differences
            if str(foreign["latest_charge"]) in one
        ]
        assert difference.startswith("No payment of ours succeeded by the charge ")


@pytest.mark.parametrize(
    "answer", [{}, {"available": None, "pending": []}, {"available": [{"amount": 1}], "pending": []}]
)
def test_a_balance_that_cannot_be_read_is_no_answer(
    db: None, told: dict[str, object], answer: dict[str, object]
) -> None:
    told |= {"object": "list", "data": [], "has_more": False} | answer
    with pytest.raises(StripeAway):
        compare_with_stripe(since=NOON, known_upto=NOON)


@pytest.mark.parametrize("changed", [{"status": None}, {"payment_intent": "pi_1"}, {"amount_captured": None}])
def test_a_charge_that_cannot_be_read_is_no_answer(
    db: None, told: dict[str, object], changed: dict[str, object]
) -> None:
    charge = {"id": "ch_1", "status": "succeeded", "amount_captured": 1, "currency": "sek", "created": 1}
    told |= {"object": "list", "has_more": False, "available": [], "pending": []}
    told |= {"data": [{name: value for name, value in (charge | changed).items() if value is not None}]}
    with pytest.raises(StripeAway):
        compare_with_stripe(since=NOON, known_upto=NOON)


def test_a_transfer_that_was_made_later_than_we_can_know_is_told_apart(wire: Wire) -> None:
    with past_every_trigger():
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE treasury_balancetransaction SET journal_key = NULL WHERE type = 'transfer'"
            )
        found = compared(wire, known_upto=wire.now - timedelta(days=1))

    transfer = ids_at_stripe(wire)["transfer"]
    assert (found.differences, found.later) == ([], [f"transfer {transfer} of -10230.00 SEK"])
