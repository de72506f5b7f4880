"""What has left our balance or a seller's account at Stripe is ours, as it is booked; else it is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.client import StripeAway
from gateway.made import list_made
from gateway.models import StripeCall
from inbox.models import Message
from payouts.holding import release_seller, seller_is_held
from payouts.models import PayoutAttempt, PayoutItem, PayoutSchedule
from payouts.processors import PayoutProcessor
from payouts.reversing import reverse_schedule
from tests.treasury.beside import Beside, diary, figures, standing
from treasury.comparing import compare_between, keep_made
from treasury.connected_accounts import compare_accounts
from treasury.looking_again import look_again
from treasury.models import Break, PlatformPayout
from treasury.platform import draw

PART_MINOR = 1_023_000


@pytest.fixture
def account(beside: Beside) -> str:
    return beside.wire.onboard(beside.cast.saga)


def pay_out(beside: Beside, *, sales: int = 1) -> PayoutSchedule:
    """Sold, and sent on its day as far as Stripe lets it."""
    for _ in range(sales):
        beside.wire.sell()
    PayoutProcessor.pay_due_schedules(at=beside.wire.pass_days(7))
    return PayoutSchedule.objects.get()


def test_what_we_sent_is_no_difference_on_its_way_nor_in_the_bank(beside: Beside, account: str) -> None:
    schedule = pay_out(beside, sales=2)
    assert schedule.state == "in_transit"

    assert beside.look() == []
    assert compare_accounts(at=beside.later()) == 1
    assert not Break.objects.exists()


def test_a_transfer_nobody_knows_is_said_and_is_gone_when_it_was_taken_back(
    beside: Beside, account: str
) -> None:
    beside.paid_by_hand(amount=90_000)
    young = beside.transferred_by_hand(account)
    assert beside.look(at=beside.later(minutes=1))[-1] == ("timing", "transfer", young["id"])
    assert beside.look()[-1] == ("unknown", "transfer", young["id"])
    assert Break.objects.latest("pk").account_id == account

    beside.wire.api.post(f"/v1/transfers/{young['id']}/reversals", {"amount": 20_000})
    beside.look()
    assert figures()[-1] == (0, 30_000, "SEK")
    beside.wire.api.post(f"/v1/transfers/{young['id']}/reversals")
    assert [one for one in beside.look() if one[1] == "transfer"] == []
    assert diary()[-1] == "closed unknown"


def test_one_that_stands_is_looked_at_each_hour_by_its_id_and_one_that_is_nowhere_stays(
    beside: Beside, account: str
) -> None:
    beside.paid_by_hand(amount=90_000)
    strange = beside.transferred_by_hand(account)
    beside.look()
    Break.objects.exclude(object_type="transfer").update(resolved_at=beside.later())
    beside.wire.api.post(f"/v1/transfers/{strange['id']}/reversals")
    Break.objects.create(
        **dict.fromkeys(("first_seen_at", "last_seen_at"), beside.wire.now),
        kind="unknown", object_type="transfer", object_id="tr_nowhere", currency="SEK",
        expected_minor=0, found_minor=1,
    )  # fmt: skip

    look_again(at=beside.later(hours=2, minutes=59))
    assert len(standing()) == 2
    look_again(at=beside.later(days=9))
    assert standing() == [("unknown", "transfer", "tr_nowhere")]


def test_a_transfer_that_was_taken_back_by_hand_is_of_another_amount(beside: Beside, account: str) -> None:
    schedule = pay_out_stuck(beside)
    (transfer,) = beside.wire.api.get("/v1/transfers", {"destination": account})["data"]
    beside.wire.api.post(f"/v1/transfers/{transfer['id']}/reversals", {"amount": 23_000})

    assert beside.look() == [("amount", "transfer", transfer["id"])]
    assert figures() == [(PART_MINOR, 1_000_000, "SEK")]
    assert Break.objects.get().subject_id == str(schedule.pk)


def test_one_that_we_took_back_is_none_whether_its_answer_came_or_not(beside: Beside, account: str) -> None:
    schedule = pay_out_stuck(beside)
    beside.wire.fail("reset_after", "/v1/transfers/*/reversals")
    with pytest.raises(StripeAway):
        reverse_schedule(schedule, reason="a mistake", by=beside.cast.olga, at=beside.wire.now)
    beside.wire.mend()
    (transfer,) = beside.wire.api.get("/v1/transfers", {"destination": account})["data"]
    assert beside.look() == [("missing_event", "transfer", transfer["id"])]

    PayoutProcessor.pay_due_schedules(at=beside.later())
    assert beside.look() == []
    assert not PayoutItem.objects.filter(stripe_transfer_id=transfer["id"]).exists()


def pay_out_stuck(beside: Beside) -> PayoutSchedule:
    """Transferred, and its payout refused."""
    beside.wire.fail("insufficient_funds", "/v1/payouts")
    schedule = pay_out(beside)
    beside.wire.mend()
    assert schedule.state == "transferred"
    return schedule


def test_a_transfer_whose_answer_was_lost_is_taken_over_by_who_sent_it(beside: Beside, account: str) -> None:
    beside.wire.fail("reset_after", "/v1/transfers")
    assert pay_out(beside).state == "sending"
    beside.wire.mend()
    (transfer,) = beside.wire.api.get("/v1/transfers", {"destination": account})["data"]

    assert beside.look() == [("missing_event", "transfer", transfer["id"])]
    assert look_again(at=beside.later()) == 0
    PayoutProcessor.pay_due_schedules(at=beside.later())
    look_again(at=beside.later())

    assert standing() == []
    assert beside.wire.made("transfer") == [PART_MINOR]


def test_a_transfer_is_known_by_its_item_whatever_its_metadata_say(beside: Beside, account: str) -> None:
    """As one that a later item adopted. One to another account than was frozen is not the item's."""
    schedule = pay_out_stuck(beside)
    (transfer,) = beside.wire.api.get("/v1/transfers", {"destination": account})["data"]
    beside.wire.api.post(f"/v1/transfers/{transfer['id']}", {"metadata": {"call_id": ""}})
    assert beside.look() == []

    PayoutSchedule.objects.filter(pk=schedule.pk).update(destination_account="acct_another")
    assert beside.look() == [("amount", "transfer", transfer["id"])]
    assert figures() == [(0, PART_MINOR, "SEK")]


def test_a_transfer_that_says_it_is_of_a_call_with_another_result_is_unknown(
    beside: Beside, account: str
) -> None:
    pay_out_stuck(beside)
    call = StripeCall.objects.get(purpose="transfer")
    beside.paid_by_hand(amount=90_000)
    for said in (str(call.pk), "9" * 30, "x"):
        sent = {"amount": 100, "currency": "sek", "destination": account, "metadata": {"call_id": said}}
        beside.wire.api.post("/v1/transfers", sent)

    kinds = [kind for kind, type, _ in beside.look() if type == "transfer"]
    assert kinds == ["unknown"] * 3


def test_our_own_payout_is_known_and_another_is_not(beside: Beside) -> None:
    ours = drawn(beside)
    strange = beside.wire.api.post("/v1/payouts", {"amount": 3_000, "currency": "sek"})
    assert beside.look()[-1] == ("unknown", "payout", strange["id"])
    assert len(standing()) == 1 and ours.stripe_payout_id

    beside.wire.api.post(f"/v1/payouts/{strange['id']}/cancel")
    assert beside.look() == []


def drawn(beside: Beside) -> PlatformPayout:
    """Of a sale that was paid out the commission is ours; some of it goes to our bank."""
    beside.wire.onboard(beside.cast.saga)
    beside.wire.sell()
    return draw(amount_minor=40_000, currency="SEK", reason="Rent", by=beside.cast.olga, at=beside.wire.now)


def test_what_the_bank_said_of_our_own_payout_and_nobody_told_is_mended(beside: Beside) -> None:
    ours = drawn(beside)
    beside.wire.pass_days(3)
    at = beside.later(minutes=1)
    compare_between(at - timedelta(days=4), at=at)
    assert standing() == [("timing", "payout", ours.stripe_payout_id)]
    for hours in (2, 3, 4):
        look_again(at=beside.later(hours=hours))
        beside.drain(at=beside.later(hours=hours))

    ours.refresh_from_db()
    assert (ours.state, standing()) == ("paid", [])
    assert diary() == ["opened timing", "opened missing_event", "closed timing", "closed missing_event"]


@pytest.mark.parametrize(
    ("iban", "ends"),
    [("SE3550000000054910000003", "paid"), ("SE7250000000000111111113", "returned")],
)
def test_what_the_bank_said_of_a_sellers_payout_is_mended_after_thirty_days_of_silence(
    beside: Beside, iban: str, ends: str
) -> None:
    account = beside.wire.onboard(beside.cast.saga, iban=iban)
    pay_out(beside)
    beside.wire.pass_days(40)
    attempt = PayoutAttempt.objects.get()

    for minutes in (0, 61, 62, 63):
        at = beside.later(minutes=minutes)
        compare_accounts(at=at)
        look_again(at=at)
        beside.drain(at=at)

    attempt.refresh_from_db()
    assert (attempt.state, standing()) == (ends, [])
    assert diary() == ["opened timing", "opened missing_event", "closed timing", "closed missing_event"]
    assert set(Break.objects.values_list("object_id", "account_id")) == {(attempt.stripe_payout_id, account)}


def test_what_the_bank_took_and_then_sent_back_is_mended_twice(beside: Beside) -> None:
    beside.wire.onboard(beside.cast.saga, iban="SE1050000000000555555559")
    pay_out(beside)
    attempt = PayoutAttempt.objects.get()
    for days, state in ((1, "paid"), (7, "returned")):
        beside.wire.pass_days(days)
        for minutes in (0, 61, 62):
            compare_accounts(at=beside.later(minutes=minutes))
            look_again(at=beside.later(minutes=minutes))
            beside.drain(at=beside.later(minutes=minutes))
        attempt.refresh_from_db()
        assert (attempt.state, standing()) == (state, [])
    assert Message.objects.count() == 2


def test_a_payout_whose_answer_was_lost_is_taken_over_by_who_sent_it(beside: Beside, account: str) -> None:
    beside.wire.fail("reset_after", "/v1/payouts")
    assert pay_out(beside).state == "transferred"
    beside.wire.mend()
    for minutes in (0, 61):
        compare_accounts(at=beside.later(minutes=minutes))
        assert look_again(at=beside.later(minutes=minutes)) == 0
    assert [(kind, type) for kind, type, _ in standing()] == [("missing_event", "payout")]

    PayoutProcessor.pay_due_schedules(at=beside.later(minutes=62))
    look_again(at=beside.later(minutes=62))
    assert (PayoutAttempt.objects.get().state, standing()) == ("in_transit", [])


def test_a_payout_of_a_seller_that_is_not_ours_or_not_at_stripe_is_said(beside: Beside, account: str) -> None:
    pay_out(beside, sales=2)
    beside.paid_by_hand(amount=90_000)
    beside.transferred_by_hand(account, amount_minor=60_000)
    strange = beside.wire.api.post(
        "/v1/payouts", {"amount": 3_000, "currency": "sek"}, Stripe_Account=account
    )
    ours = PayoutAttempt.objects.get()
    told = ours.stripe_payout_id
    PayoutAttempt.objects.update(stripe_payout_id="po_nowhere")

    compare_accounts(at=beside.later())
    assert sorted(standing()) == [
        ("amount", "payout", "po_nowhere"),
        *(("unknown", "payout", one) for one in sorted([strange["id"], str(told)])),
    ]
    assert sorted(figures()) == [
        (0, 3_000, "SEK"), (0, 2 * PART_MINOR, "SEK"), (2 * PART_MINOR, 0, "SEK"),
    ]  # fmt: skip
    assert seller_is_held(beside.cast.saga.pk)

    release_seller(beside.cast.saga.pk, reason="Asked Saga.", by=beside.cast.olga, at=beside.later())
    compare_accounts(at=beside.later(hours=4))
    assert not seller_is_held(beside.cast.saga.pk), "what an operator has released is not held again for it"


def test_a_payout_of_another_amount_currency_or_account_is_said(beside: Beside, account: str) -> None:
    pay_out(beside)
    ((made,),) = list_made("payout", since=beside.wire.now - timedelta(days=1), account_id=account)

    for changed, kind, expected in (
        ({"amount_minor": 7, "stands_minor": 7}, "amount", (PART_MINOR, 7, "SEK")),
        ({"currency": "EUR"}, "amount", (0, PART_MINOR, "EUR")),
        ({"account_id": "acct_another"}, "unknown", (0, PART_MINOR, "SEK")),
        ({"account_id": ""}, "unknown", (0, PART_MINOR, "SEK")),
    ):
        keep_made([replace(made, **changed)], at=beside.later())
        assert [one[0] for one in standing()] == [kind]
        assert figures() == [expected]
    assert keep_made([made], at=beside.later()) == 0
    assert standing() == []
