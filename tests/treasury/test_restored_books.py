"""Books of an earlier moment: what Stripe did since is found again, payouts too, and nobody is paid twice."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from gateway.client import StripeAway
from gateway.made import PAYOUT, tell_made
from gateway.models import StripeCall
from gateway.payouts import read_payout
from inbox.models import Message
from inbox.receiving import draft_message, receive_messages
from payouts.adopting import BooksAreBehind, adopt_payout
from payouts.arriving import recognize_payout
from payouts.holding import seller_is_held
from payouts.models import PayoutAttempt, PayoutSchedule
from payouts.processors import PayoutProcessor
from tests.cast import event_of
from tests.treasury.beside import Beside, standing
from treasury.missed_events import poll_events

PART_MINOR = 1_023_000


@pytest.fixture
def account(beside: Beside) -> str:
    return beside.wire.onboard(beside.cast.saga)


@contextmanager
def forgotten() -> Iterator[None]:
    """What happens in here happens at Stripe; our books are restored to the moment before."""
    before = transaction.savepoint()
    yield
    transaction.savepoint_rollback(before)


def pay(beside: Beside) -> None:
    PayoutProcessor.pay_due_schedules(at=beside.wire.now)


def hear(beside: Beside, **span: int) -> None:
    """Stripe is asked for its events, and what waits is handled, that much later."""
    poll_events(at=beside.later(**span))
    beside.drain(at=beside.later(**span))


def test_what_left_after_the_moment_is_found_again_to_the_bank(beside: Beside, account: str) -> None:
    beside.wire.sell()
    beside.wire.pass_days(7)
    with forgotten():
        pay(beside)
        lost = PayoutAttempt.objects.get()
    assert not PayoutAttempt.objects.exists()

    told = read_payout(tell_made(PAYOUT, lost.stripe_payout_id or "", account_id=account))
    with pytest.raises(BooksAreBehind):  # Its transfers are to be found first.
        adopt_payout(told, account=account, at=beside.wire.now)
    pay(beside)
    assert PayoutSchedule.objects.get().state == "transferred"
    hear(beside, hours=2)
    found = PayoutAttempt.objects.get()
    assert PayoutSchedule.objects.get().state == found.state == "in_transit"
    pay(beside)
    beside.wire.pass_days(3)
    hear(beside, hours=3)

    found.refresh_from_db()
    assert (found.pk, found.state, found.stripe_payout_id) == (lost.pk, "paid", lost.stripe_payout_id)
    assert PayoutSchedule.objects.get().state == "paid"
    assert beside.wire.made("transfer") == beside.wire.made("payout") == [PART_MINOR]
    assert StripeCall.objects.get(purpose="payout").state == "done"
    assert not seller_is_held(beside.cast.saga.pk)
    assert beside.look() == standing() == []


def stuck(beside: Beside, *, fault: str = "insufficient_funds") -> PayoutSchedule:
    """Transferred, and its payout refused until another day, or without an answer."""
    beside.wire.sell()
    beside.wire.fail(fault, "/v1/payouts")
    PayoutProcessor.pay_due_schedules(at=beside.wire.pass_days(7))
    beside.wire.mend()
    return PayoutSchedule.objects.get()


def made(beside: Beside, account: str, *schedules: object, amount: int = PART_MINOR, **marks: str) -> Any:
    """A payout with our marks, made by somebody whom our books do not know."""
    named = ",".join(f"{schedule}/1" for schedule in schedules)
    marks = {"attempt": str(uuid.uuid4()), "schedules": named, **marks}
    asked = {"amount": amount, "currency": "sek", "metadata": marks}
    return beside.wire.api.post("/v1/payouts", asked, Stripe_Account=account)


def test_a_payout_that_fails_is_found_as_well(beside: Beside) -> None:
    account = beside.wire.onboard(beside.cast.saga, iban="SE7250000000000111111113")
    schedule = stuck(beside)
    payout = made(beside, account, schedule.pk)
    beside.wire.pass_days(3)

    hear(beside)

    schedule.refresh_from_db()
    attempt = PayoutAttempt.objects.get(stripe_payout_id=payout["id"])
    assert (schedule.state, attempt.state, schedule.payout) == ("returned", "returned", attempt)


@pytest.mark.parametrize("wrong", ["another amount", "a known attempt", "an unknown schedule", "no schedule"])
def test_what_does_not_fit_is_not_adopted_and_holds_the_seller(
    beside: Beside, account: str, wrong: str
) -> None:
    schedule = stuck(beside)
    known = PayoutAttempt.objects.get()
    if wrong == "another amount":
        made(beside, account, schedule.pk, amount=PART_MINOR - 1)
    elif wrong == "a known attempt":
        made(beside, account, schedule.pk, attempt=str(known.pk))
    elif wrong == "an unknown schedule":
        made(beside, account, schedule.pk, uuid.uuid4())
    else:
        made(beside, account)

    hear(beside)

    schedule.refresh_from_db()
    assert (schedule.state, PayoutAttempt.objects.count()) == ("transferred", 1)
    assert seller_is_held(beside.cast.saga.pk)
    assert "quarantined" in Message.objects.values_list("state", flat=True)


def test_one_on_another_account_is_not_taken_for_it(beside: Beside, account: str) -> None:
    schedule = stuck(beside)
    told = read_payout(made(beside, account, schedule.pk))

    assert not adopt_payout(told, account="acct_another", at=beside.wire.now)
    assert adopt_payout(told, account=account, at=beside.wire.now)


def test_one_to_another_bank_is_not_taken_for_it(beside: Beside, account: str) -> None:
    told = read_payout(made(beside, account, stuck(beside).pk))

    for bank in ("ba_somebody_elses", ""):
        assert not adopt_payout(replace(told, destination=bank), account=account, at=beside.wire.now)


def test_while_the_books_are_behind_the_event_waits_and_uses_up_no_tries(
    beside: Beside, account: str
) -> None:
    beside.wire.sell()
    beside.wire.pass_days(7)
    with forgotten():
        pay(beside)
        lost = PayoutAttempt.objects.get()
    event = event_of("payout.created", tell_made(PAYOUT, lost.stripe_payout_id or "", account_id=account))
    draft = draft_message(
        endpoint="connect",
        event=event | {"account": account},
        body=json.dumps(event | {"account": account}).encode(),
        at=beside.wire.now,
    )
    receive_messages([draft])
    for minutes in range(0, 300, 15):
        beside.drain(at=beside.later(minutes=minutes))
    assert Message.objects.get().state == "received"
    assert "is not there yet" in Message.objects.get().reason
    pay(beside)

    beside.drain(at=beside.later(minutes=300))

    assert (Message.objects.get().state, PayoutAttempt.objects.get().pk) == ("handled", lost.pk)
    assert not seller_is_held(beside.cast.saga.pk)


def test_two_that_followed_each_other_are_found_one_after_the_other(beside: Beside) -> None:
    account = beside.wire.onboard(beside.cast.saga, iban="SE7250000000000111111113")
    beside.wire.sell()
    beside.wire.pass_days(7)
    with forgotten():
        pay(beside)
        beside.wire.pass_days(3)
        hear(beside)
        beside.wire.pass_days(4)
        PayoutSchedule.objects.update(retry_on=beside.wire.now.date())
        pay(beside)
        first, second = PayoutAttempt.objects.order_by("created_at")
    pay(beside)
    told = read_payout(tell_made(PAYOUT, second.stripe_payout_id or "", account_id=account))
    with pytest.raises(BooksAreBehind):  # Whichever is heard of first.
        adopt_payout(told, account=account, at=beside.wire.now)

    for minutes in (20, 40, 60, 80):
        hear(beside, minutes=minutes)

    states = dict(PayoutAttempt.objects.values_list("pk", "state"))
    assert states == {first.pk: "returned", second.pk: "in_transit"}
    assert PayoutSchedule.objects.get().state == "in_transit"
    assert not seller_is_held(beside.cast.saga.pk)


def test_what_goes_another_way_already_is_left_there(beside: Beside, account: str) -> None:
    schedule = stuck(beside)
    told = read_payout(made(beside, account, schedule.pk))
    row = PayoutSchedule.objects.filter(pk=schedule.pk)

    row.update(is_being_reversed=True)
    assert not adopt_payout(told, account=account, at=beside.wire.now)
    row.update(is_being_reversed=False)
    assert not adopt_payout(replace(told, currency="EUR"), account=account, at=beside.wire.now)


def test_what_is_being_sent_is_looked_up_by_who_sends_it(beside: Beside, account: str) -> None:
    schedule = stuck(beside, fault="reset_before")
    told = read_payout(made(beside, account, schedule.pk))

    attempt = PayoutAttempt.objects.get()
    assert attempt.state == "open"
    with pytest.raises(BooksAreBehind):
        adopt_payout(told, account=account, at=beside.wire.now)
    assert recognize_payout(told, account=account, at=beside.wire.now) is None
    ours = replace(told, attempt_id=attempt.pk)
    assert recognize_payout(ours, account=account, at=beside.wire.now) is not None


def test_one_that_was_made_by_another_is_noticed_when_it_is_made(beside: Beside, account: str) -> None:
    stuck(beside)
    beside.wire.api.post("/v1/payouts", {"amount": 5_000, "currency": "sek"}, Stripe_Account=account)

    poll_events(at=beside.later(minutes=5))
    beside.drain(at=beside.later(minutes=5) + timedelta(minutes=1))

    assert seller_is_held(beside.cast.saga.pk)


def test_an_account_that_cannot_be_asked_keeps_no_other_waiting(beside: Beside, account: str) -> None:
    beside.wire.sell()
    beside.wire.pass_days(7)
    pay(beside)
    on_its_way = PayoutAttempt.objects.get()
    PayoutAttempt.objects.create(
        seller=beside.cast.otto,
        currency="SEK",
        amount_minor=5_000,
        destination_account="acct_0gone",
        state="in_transit",
        stripe_payout_id="po_gone",
        created_at=beside.wire.now,
        updated_at=beside.wire.now,
    )
    beside.wire.pass_days(3)

    with pytest.raises(StripeAway):
        hear(beside)
    hear(beside)

    on_its_way.refresh_from_db()
    assert on_its_way.state == "paid"
