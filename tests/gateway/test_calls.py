"""A payment is made once at Stripe, whatever happens to the answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from gateway.calls import ParametersChanged, write_call
from gateway.client import CallInTransaction, StripeAway, stripe_client
from gateway.models import StripeCall
from gateway.payment_intents import retrieve_payment_intent
from gateway.payouts import make_payout, write_call_of_platform
from gateway.transfers import make_transfer, transfer_params, write_transfer
from payments import initiation
from payments.initiation import AmountNotAccepted, start_payment
from payments.models import PaymentIntent
from tests import local
from tests.browser.sandbox_process import Sandbox
from tests.cast import Cast, a_won_bid

Fault = Callable[..., None]


def made_for(payment: PaymentIntent) -> list[str]:
    """The PaymentIntents that exist at Stripe for a payment, whatever we believe."""
    page = stripe_client().v1.payment_intents.list({"limit": 100})
    made = [intent.to_dict() for intent in page.auto_paging_iter()]
    return [intent["id"] for intent in made if intent["metadata"].get("payment") == str(payment.pk)]


def start(cast: Cast, bid=None, *, at: datetime | None = None):
    at = at or timezone.now()
    return start_payment(bid or a_won_bid(cast.bo, cast.saga, at=at), buyer=cast.bo, at=at)


def test_it_is_written_before_it_is_sent_and_done_when_it_is_answered(cast: Cast, stripe_at: Sandbox) -> None:
    started = start(cast)

    call = StripeCall.objects.get()
    assert (call.state, call.result_id) == ("done", started.payment.stripe_payment_intent_id)
    assert call.idempotency_key == f"v1:sandbox:payment_intent:{started.payment.pk}:1"
    assert started.client_secret.startswith(call.result_id)
    intent = stripe_client().v1.payment_intents.retrieve(call.result_id)
    assert intent.transfer_group == f"pay_{started.payment.pk}"
    assert (intent.amount, intent.currency) == (1_100_000, "sek")
    assert intent.metadata["call_id"] == str(call.pk)


def test_with_the_call_is_kept_what_time_it_was_at_stripe_as_its_last_answer_said(
    cast: Cast, stripe_at: Sandbox, unheard: None
) -> None:
    for _ in range(2):
        start(cast)

    for told in StripeCall.objects.values_list("first_sent_there_at", flat=True):
        assert told is not None and timedelta(0) <= timezone.now() - told < timedelta(seconds=30)


def test_while_stripe_does_not_say_what_time_it_is_nothing_is_sent(
    cast: Cast, fault: Fault, unheard: None
) -> None:
    """Else it would be looked for in a quarter of an hour of Stripe's list, if its answer were lost."""
    fault("reset_before", method="GET", path="/v1/balance", times=1)
    with pytest.raises(StripeAway):
        start(cast)
    assert StripeCall.objects.get().state == "intent"

    start(cast, PaymentIntent.objects.get().bid)
    assert StripeCall.objects.get().first_sent_there_at is not None


def test_a_payout_is_not_sent_either_before_its_time_at_stripe_is_known(
    db: None, fault: Fault, unheard: None
) -> None:
    payout = a_payout()
    fault("reset_before", method="GET", path="/v1/balance", times=1)

    with pytest.raises(StripeAway):
        make_payout(payout, account_id=None, at=timezone.now())
    assert StripeCall.objects.get().state == "intent"


def test_started_again_it_is_the_same_living_intent(cast: Cast, stripe_at: Sandbox) -> None:
    bid = a_won_bid(cast.bo, cast.saga, at=timezone.now())
    first, again = start(cast, bid), start(cast, bid)

    assert (first.made, again.made) == (True, False)
    assert again.client_secret == first.client_secret
    assert len(made_for(first.payment)) == 1


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "500_after", "429", "malformed"])
def test_after_any_fault_the_same_call_goes_on_and_one_intent_exists(
    cast: Cast, fault: Fault, kind: str
) -> None:
    bid = a_won_bid(cast.bo, cast.saga, at=timezone.now())
    fault(kind)
    with pytest.raises(StripeAway):
        start(cast, bid)
    assert StripeCall.objects.get().state == "unknown"
    assert PaymentIntent.objects.get().stripe_payment_intent_id is None

    started = start(cast, bid)

    assert made_for(started.payment) == [started.payment.stripe_payment_intent_id]
    assert StripeCall.objects.get(state="done").result_id == started.payment.stripe_payment_intent_id


def test_while_the_key_is_in_use_it_waits_for_the_others_answer(cast: Cast, fault: Fault) -> None:
    fault("409", times=2)

    started = start(cast)

    assert made_for(started.payment) == [started.payment.stripe_payment_intent_id]


def test_when_the_key_is_forgotten_the_look_up_still_finds_what_was_made(
    cast: Cast, fault: Fault, stripe_at: Sandbox
) -> None:
    bid = a_won_bid(cast.bo, cast.saga, at=timezone.now())
    fault("reset_after")
    with pytest.raises(StripeAway):
        start(cast, bid)
    local.post(f"{stripe_at.origin}/sandbox/prune-keys", json={}).raise_for_status()

    started = start(cast, bid)

    assert len(made_for(started.payment)) == 1
    assert StripeCall.objects.get().attempt == 1


def test_a_key_too_old_to_be_remembered_is_not_used_again(cast: Cast, fault: Fault) -> None:
    bid = a_won_bid(cast.bo, cast.saga, at=timezone.now())
    fault("reset_before")
    with pytest.raises(StripeAway):
        start(cast, bid)

    started = start(cast, bid, at=timezone.now() + timedelta(hours=24))

    assert [call.attempt for call in StripeCall.objects.order_by("attempt")] == [1, 2]
    assert len(made_for(started.payment)) == 1


def test_a_definite_refusal_is_told_and_makes_nothing(cast: Cast, stripe_at: Sandbox) -> None:
    bid = a_won_bid(cast.bo, cast.saga, at=timezone.now(), currency="HUF", reserve_minor=None, amount_minor=1)

    with pytest.raises(AmountNotAccepted):
        start(cast, bid)
    assert StripeCall.objects.get().state == "refused"
    with pytest.raises(AmountNotAccepted):
        start(cast, bid)


def test_a_refusal_of_our_key_is_no_answer_and_with_a_good_key_it_goes_on(
    cast: Cast, stripe_at: Sandbox, settings
) -> None:
    bid, good = a_won_bid(cast.bo, cast.saga, at=timezone.now()), settings.STRIPE_SECRET_KEY
    settings.STRIPE_SECRET_KEY = "sk_live_of_somebody_else"
    stripe_client.cache_clear()
    with pytest.raises(StripeAway):
        start(cast, bid)

    settings.STRIPE_SECRET_KEY = good
    stripe_client.cache_clear()

    assert len(made_for(start(cast, bid).payment)) == 1


def test_what_is_sent_again_is_what_was_written(cast: Cast, fault: Fault, monkeypatch) -> None:
    bid = a_won_bid(cast.bo, cast.saga, at=timezone.now())
    fault("reset_before")
    with pytest.raises(StripeAway):
        start(cast, bid)
    monkeypatch.setattr(initiation, "creation_params", lambda **_: {"amount": 1})

    assert (
        retrieve_payment_intent(start(cast, bid).payment.stripe_payment_intent_id or "").amount_minor
        == 1_100_000
    )


def test_with_a_clock_that_is_fast_what_was_made_is_still_found(cast: Cast, fault: Fault) -> None:
    bid, fast = a_won_bid(cast.bo, cast.saga, at=timezone.now()), timezone.now() + timedelta(hours=1)
    fault("500_after")
    with pytest.raises(StripeAway):
        start(cast, bid, at=fast)

    assert len(made_for(start(cast, bid, at=fast).payment)) == 1


def test_a_payment_that_ended_at_stripe_is_not_handed_out_again(cast: Cast, stripe_at: Sandbox) -> None:
    bid = a_won_bid(cast.bo, cast.saga, at=timezone.now())
    first = start(cast, bid)
    stripe_client().v1.payment_intents.cancel(first.payment.stripe_payment_intent_id or "")

    second = start(cast, bid)

    assert second.payment.pk != first.payment.pk
    assert PaymentIntent.objects.get(pk=first.payment.pk).status == "canceled"


def test_parameters_are_frozen_with_the_call(db: None) -> None:
    def write(**params: object) -> StripeCall:
        return write_call(purpose="p", object_type="t", object_id=1, params=params, at=timezone.now())

    first = write(amount=1, currency="sek")

    assert write(currency="sek", amount=1) == first
    with pytest.raises(ParametersChanged):
        write(amount=2, currency="sek")


def a_transfer() -> StripeCall:
    return write_transfer(
        1,
        transfer_params(
            item_id=1,
            part="sale",
            schedule_id=uuid4(),
            payment_id=uuid4(),
            amount_minor=1,
            currency="SEK",
            destination="acct_1",
            charge_id="ch_1",
        ),
        at=timezone.now(),
    )


def a_payout() -> StripeCall:
    return write_call_of_platform(uuid4(), amount_minor=1, currency="SEK", at=timezone.now())


@pytest.mark.parametrize(
    ("write", "make"), [(a_transfer, make_transfer), (a_payout, partial(make_payout, account_id=None))]
)
def test_where_money_moves_nothing_is_tried_anew_within_an_hour(
    db: None, stripe_at: Sandbox, write: Callable[[], StripeCall], make: Callable[..., object]
) -> None:
    call, at = write(), timezone.now()
    call.state, call.first_sent_at = "unknown", at - timedelta(hours=24)
    call.last_sent_at = at - timedelta(minutes=59)
    call.save(update_fields=["state", "first_sent_at", "last_sent_at"])

    with pytest.raises(StripeAway, match="a moment ago"):
        make(call, at=at)


def test_stripe_is_never_asked_while_a_transaction_is_open(cast: Cast, stripe_at: Sandbox) -> None:
    with pytest.raises(CallInTransaction), transaction.atomic():
        retrieve_payment_intent("pi_1")
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        start(cast)


def test_the_client_waits_two_and_ten_seconds_and_never_retries_by_itself(stripe_at: Sandbox) -> None:
    requestor = stripe_client()._requestor  # The SDK shows its options nowhere else.

    assert requestor._options.max_network_retries == 0
    assert requestor._client._timeout == (2, 10)
    assert requestor._options.stripe_version == "2026-10-28.endive"


def test_what_is_deadly_slow_is_given_up(own_cast: Cast, stripe_at: Sandbox) -> None:
    rule = {"method": "POST", "path": "/v1/payment_intents", "probability": 1, "times": 1, "kind": "delay"}
    faults = {"seed": 1, "rules": [rule | {"delay_ms": 11_000}]}
    local.put(f"{stripe_at.origin}/sandbox/faults", json=faults).raise_for_status()

    with pytest.raises(StripeAway):
        start(own_cast)
