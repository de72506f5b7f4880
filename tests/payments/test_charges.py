"""A charge tells its own time, which decides the day of payment; only the charge that paid, and only ours."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from inbox.handling import handle_waiting
from inbox.models import Message
from payments.models import PaymentIntent
from payments.webhooks import HANDLERS
from payouts.models import PayoutItem, PayoutSchedule
from tests.cast import NOON, Cast, a_payment, a_won_bid, deliver, event_of, intent_event


def drain(*, at: datetime = NOON) -> int:
    return handle_waiting(HANDLERS, limit=100, at=at)


@pytest.fixture
def payment(cast: Cast) -> PaymentIntent:
    return a_payment(a_won_bid(cast.bo, cast.saga))


def charge_event(
    payment: PaymentIntent, *, created: datetime, charge_id: str | None = None
) -> dict[str, object]:
    charge = {
        "id": charge_id or f"ch_of_{payment.stripe_payment_intent_id}",
        "object": "charge",
        "payment_intent": payment.stripe_payment_intent_id,
        "created": int(created.timestamp()),
        "status": "succeeded",
    }
    return event_of("charge.succeeded", charge, at=created)


MIDNIGHT = NOON.replace(day=23, hour=23, minute=0)  # 24 November, 00:00 in Stockholm


@pytest.mark.parametrize("charge_first", [True, False])
def test_the_charges_own_time_decides_the_day_of_payment(payment: PaymentIntent, charge_first: bool) -> None:
    charged_at = MIDNIGHT - timedelta(seconds=1)
    told = [charge_event(payment, created=charged_at), intent_event(payment, at=MIDNIGHT)]

    for event in told if charge_first else reversed(told):
        deliver(event)
        drain(at=MIDNIGHT)

    payment.refresh_from_db()
    assert payment.charged_at == charged_at
    live = PayoutItem.objects.exclude(state="dropped").get()
    assert live.schedule.scheduled_date == date(2026, 11, 30)
    assert (live.schedule.total_minor, live.schedule.item_count) == (1_023_000, 1)
    assert PayoutSchedule.objects.filter(state="scheduled").count() == 1


def test_a_charge_of_a_strangers_intent_is_set_aside(payment: PaymentIntent) -> None:
    event = charge_event(payment, created=NOON)
    event["data"]["object"]["payment_intent"] = "pi_unknown"  # type: ignore[index]
    deliver(event)

    drain()

    assert Message.objects.get().state == "quarantined"


@pytest.mark.parametrize(
    ("changed", "envelope"),
    [
        ({"status": "failed"}, {}),
        ({"status": "pending"}, {}),
        ({"payment_intent": None}, {}),
        ({}, {"account": "acct_somebody"}),
    ],
)
def test_a_charge_that_paid_none_of_our_intents_is_ignored(
    payment: PaymentIntent, changed: dict[str, object], envelope: dict[str, object]
) -> None:
    event = charge_event(payment, created=NOON)
    event["data"]["object"].update(changed)  # type: ignore[index]
    deliver(event | envelope)

    drain()

    assert Message.objects.get().state == "ignored"
    payment.refresh_from_db()
    assert (payment.stripe_charge_id, payment.charged_at) == (None, None)


def test_after_a_success_another_charge_changes_nothing(payment: PaymentIntent) -> None:
    deliver(intent_event(payment))
    drain()

    deliver(charge_event(payment, created=MIDNIGHT, charge_id="ch_another"))
    deliver(intent_event(payment, latest_charge="ch_another", at=MIDNIGHT))
    drain(at=MIDNIGHT)

    assert set(Message.objects.values_list("state", flat=True)) == {"handled"}
    told = PaymentIntent.objects.get()
    assert (told.stripe_charge_id, told.charged_at) == (f"ch_of_{told.stripe_payment_intent_id}", NOON)
    assert PayoutItem.objects.get().schedule.scheduled_date == date(2026, 11, 30)


def test_the_charge_of_a_payment_that_was_returned_moves_no_earning(payment: PaymentIntent) -> None:
    PaymentIntent.objects.update(status="canceled")
    deliver(intent_event(payment, at=MIDNIGHT))
    drain(at=MIDNIGHT)

    deliver(charge_event(payment, created=MIDNIGHT - timedelta(seconds=1)))
    drain(at=MIDNIGHT)

    assert set(Message.objects.values_list("state", flat=True)) == {"handled"}
    assert not PayoutItem.objects.exists()
