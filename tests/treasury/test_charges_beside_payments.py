"""Each charge at Stripe is a payment of ours, completed, of its amount; else it is said, and mended."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.facts import moment
from gateway.made import Made
from inbox.models import Message
from ledger.models import Journal
from payments.completion_services.payment_completion import PaymentCompletionService
from payments.models import PaymentIntent, Transaction
from tests.cast import NOON, Cast, a_charged_payment, a_payment, a_won_bid
from tests.treasury.beside import Beside, diary, figures, standing
from treasury.comparing import LAST, keep_made
from treasury.looking_again import look_again
from treasury.models import Break


def test_a_payment_that_nobody_told_of_is_mended_by_the_ordinary_path_once(beside: Beside) -> None:
    payment = beside.paid_untold()
    (told,) = beside.wire.sandbox.charges_of(payment.stripe_payment_intent_id or "")

    assert beside.look(at=beside.later(minutes=59)) == [("timing", "charge", told["id"])]
    assert beside.look() == [("missing_event", "charge", told["id"])]
    first = Break.objects.get(resolved_at=None)
    assert (first.first_seen_at, first.last_seen_at) == (beside.later(minutes=59), beside.later())
    assert (first.subject_id, figures()) == (str(payment.pk), [(0, 1_100_000, "SEK")])

    assert look_again(at=beside.later()) == 1
    beside.wire.fail("reset_before", "/v1/payment_intents/*", method="GET")
    assert look_again(at=beside.later()) == 0, "what is in the inbox is not asked for again"
    for _ in range(2):
        beside.drain()
        look_again(at=beside.later())
    assert standing() == []
    assert diary() == ["opened timing", "opened missing_event", "closed timing", "closed missing_event"]

    payment.refresh_from_db()
    assert (payment.status, payment.outcome) == ("succeeded", "sale")
    assert payment.charged_at == moment(told["created"])
    assert sorted(Transaction.objects.values_list("type", flat=True)) == ["commission", "payout"]
    assert Journal.objects.filter(key=f"payment:{payment.pk}").count() == 1
    assert list(Message.objects.values_list("type", "state")) == [("payment_intent.succeeded", "handled")]


def test_what_was_completed_meanwhile_is_no_difference_any_more(beside: Beside) -> None:
    payment = beside.paid_untold()
    beside.look()
    (told,) = beside.wire.sandbox.charges_of(payment.stripe_payment_intent_id or "")
    PaymentIntent.objects.filter(pk=payment.pk).update(
        stripe_charge_id=told["id"], charged_at=beside.wire.now
    )
    payment.refresh_from_db()
    PaymentCompletionService.process_payment_completion(payment, at=beside.later())

    assert beside.look() == []


def test_a_sale_is_no_difference_nor_is_what_was_declined_or_never_paid(beside: Beside) -> None:
    beside.wire.sell()
    beside.wire.sandbox.create_intent()
    beside.wire.api.refused("/v1/payment_intents", {
        "amount": 5_000, "currency": "sek", "confirm": True, "payment_method": "pm_card_chargeDeclined",
    })  # fmt: skip

    assert beside.look() == []
    assert not Break.objects.exists()


def test_a_second_payment_of_one_win_is_returned_to_its_buyer(beside: Beside) -> None:
    payment = beside.wire.sell().payment_id
    second = beside.paid_by_hand(metadata={"payment": str(payment)})

    assert beside.look() == [("missing_event", "charge", second["latest_charge"])]
    look_again(at=beside.later())
    beside.drain()
    look_again(at=beside.later())

    assert standing() == []
    returned = PaymentIntent.objects.get(stripe_payment_intent_id=second["id"])
    assert (returned.outcome, returned.total_minor) == ("returned", 1_100_000)


def test_what_names_no_payment_of_ours_is_unknown_and_nothing_is_believed_of_it(beside: Beside) -> None:
    strange = beside.paid_by_hand(amount=70_000, metadata={"payment": "7f1c4ef0-0000-4000-8000-000000000000"})
    nonsense = beside.paid_by_hand(amount=60_000, metadata={"payment": "nonsense"})

    unknown = [("unknown", "charge", paid["latest_charge"]) for paid in (strange, nonsense)]
    assert sorted(beside.look()) == sorted(unknown)
    look_again(at=beside.later())
    assert sorted(figures()) == [(0, 60_000, "SEK"), (0, 70_000, "SEK")]
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("currency", "expected"), [("sek", (1_100_000, 70_000, "SEK")), ("eur", (0, 70_000, "EUR"))]
)
def test_another_amount_or_currency_is_said_and_not_believed(
    beside: Beside, currency: str, expected: tuple[int, int, str]
) -> None:
    payment = a_payment(a_won_bid(beside.cast.bo, beside.cast.saga), at=beside.wire.now)
    paid = beside.paid_by_hand(amount=70_000, currency=currency)
    PaymentIntent.objects.filter(pk=payment.pk).update(stripe_payment_intent_id=paid["id"])

    assert beside.look() == [("amount", "charge", paid["latest_charge"])]
    assert figures() == [expected]
    look_again(at=beside.later())
    assert not Message.objects.exists()


def test_a_payment_whose_answer_never_came_is_known_by_what_its_charge_says(beside: Beside) -> None:
    payment = a_payment(a_won_bid(beside.cast.bo, beside.cast.saga), at=beside.wire.now)
    PaymentIntent.objects.filter(pk=payment.pk).update(stripe_payment_intent_id=None)
    beside.paid_by_hand(amount=70_000, metadata={"payment": str(payment.pk)})

    beside.look()
    assert figures() == [(1_100_000, 70_000, "SEK")]


def test_three_days_are_looked_at_and_no_more(beside: Beside) -> None:
    charge = beside.wire.api.get(f"/v1/charges/{beside.paid_by_hand()['latest_charge']}")
    at = moment(charge["created"]) + LAST

    assert beside.look(at=at + timedelta(seconds=1)) == []
    assert len(beside.look(at=at)) == 1
    assert len(beside.look(at=at + timedelta(days=9))) == 1, "what left the window is not gone"


def test_what_left_the_window_is_looked_at_by_its_id(beside: Beside) -> None:
    payment = beside.paid_untold()
    beside.look()
    later = beside.later(days=9)
    look_again(at=later)
    beside.drain(at=later)
    look_again(at=later)

    assert standing() == []
    payment.refresh_from_db()
    assert payment.outcome == "sale"


def charges(count: int, known: list[PaymentIntent]) -> list[Made]:
    told = [(f"ch_{n}", "", "") for n in range(count - len(known))]
    told += [(f"ch_of_{p.pk}", p.stripe_payment_intent_id or "", str(p.pk)) for p in known]
    facts = {"account_id": "", "status": "succeeded", "currency": "SEK"}
    return [
        Made(
            type="charge", id=id, intent_id=intent, own_id=own,
            amount_minor=1_100_000, stands_minor=1_100_000, created_at=NOON, **facts,
        )
        for id, intent, own in told
    ]  # fmt: skip


def test_a_thousand_charges_take_as_many_statements_as_ten(cast: Cast, django_assert_num_queries) -> None:
    sold = a_charged_payment(a_won_bid(cast.bo, cast.saga))
    PaymentCompletionService.process_payment_completion(sold, at=NOON)
    known = [sold, a_payment(a_won_bid(cast.bo, cast.saga))]
    at = NOON + timedelta(hours=2)

    for count in (10, 1_000):
        things = charges(count, known)
        with django_assert_num_queries(7):
            assert keep_made(things, at=at) > 0
        with django_assert_num_queries(5):
            assert keep_made(things, at=at) == 0
    assert Break.objects.filter(resolved_at=None).count() == 998 + 1
