"""What Stripe says is read tolerantly but for the fields we rely on, and an error is believed by its code."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import stripe

from gateway.client import StripeAway, StripeRefused, verdict_on
from gateway.facts import LastError, NotReadable, read_charge, read_payment_intent

INTENT = {
    "id": "pi_1",
    "status": "succeeded",
    "amount": 1_100_000,
    "amount_received": 1_100_000,
    "currency": "sek",
    "livemode": False,
    "latest_charge": {"id": "ch_1", "created": 1_795_431_600},
    "metadata": {"payment": "5f0c"},
    "something": "new",
}
CHARGE = {"id": "ch_1", "payment_intent": "pi_1", "created": 1_795_431_600, "status": "succeeded"}
AT = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


def test_an_intent_is_read_with_its_charges_own_time() -> None:
    facts = read_payment_intent(INTENT)

    assert (facts.amount_minor, facts.currency, facts.livemode) == (1_100_000, "SEK", False)
    assert (facts.charge_id, facts.charged_at, facts.payment_id) == ("ch_1", AT, "5f0c")


def test_a_charge_that_is_only_named_has_no_time_yet() -> None:
    facts = read_payment_intent(INTENT | {"latest_charge": "ch_1"})

    assert (facts.charge_id, facts.charged_at) == ("ch_1", None)


@pytest.mark.parametrize("livemode", [True, None, "true", 1])
def test_only_what_says_so_is_live(livemode: object) -> None:
    assert read_payment_intent(INTENT | {"livemode": livemode}).livemode is (livemode is True)


@pytest.mark.parametrize(
    "changed",
    [{name: value} for name in ("amount", "amount_received") for value in (None, True, "1", 1.0, 2**36)]
    + [{name: value} for name in ("id", "status", "currency") for value in (None, "", 7, [])]
    + [{"latest_charge": {"id": "ch_1", "created": value}} for value in (None, True, "now", 2**36)],
)
def test_what_we_rely_on_must_be_there(changed: dict[str, object]) -> None:
    with pytest.raises(NotReadable):
        read_payment_intent(INTENT | changed)


def test_why_it_was_declined_is_kept_as_the_database_can_hold_it() -> None:
    told = {"code": "card_declined", "decline_code": None, "message": "a\x00b\ud800c"}

    assert read_payment_intent(INTENT | {"last_payment_error": told}).last_error == LastError(
        code="card_declined", decline_code="", message="abc"
    )


def test_a_charge_names_its_intent_expanded_or_not() -> None:
    for intent in ("pi_1", {"id": "pi_1"}):
        charge = read_charge(CHARGE | {"payment_intent": intent})
        assert (charge.payment_intent_id, charge.charged_at, charge.succeeded) == ("pi_1", AT, True)
    assert not read_charge(CHARGE | {"status": "pending"}).succeeded
    with pytest.raises(NotReadable):
        read_charge(CHARGE | {"created": None})


def error(kind: type[stripe.StripeError], status: int | None, **told: str) -> stripe.StripeError:
    return kind("words", http_status=status, json_body={"error": told} if told else None)  # type: ignore[call-arg]


@pytest.mark.parametrize("status", [400, 402, 404])
def test_a_definite_no_is_a_refusal_with_its_code(status: int) -> None:
    refused = verdict_on(error(stripe.StripeError, status, code="amount_too_small", type="x"))

    assert isinstance(refused, StripeRefused)
    assert (refused.code, refused.http_status) == ("amount_too_small", status)
    assert "words" not in str(refused)


@pytest.mark.parametrize("status", [None, 401, 403, 409, 424, 429, 500, 502, 503])
def test_anything_else_is_no_answer(status: int | None) -> None:
    assert isinstance(verdict_on(error(stripe.StripeError, status)), StripeAway)


def test_a_key_that_did_something_else_before_says_nothing_of_this() -> None:
    told = error(stripe.IdempotencyError, 400, type="idempotency_error")

    assert isinstance(verdict_on(told), StripeAway)
