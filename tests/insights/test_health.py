"""How payments go: of the newest alone, by one statement."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from inbox.models import Message
from insights import health
from insights.health import Health, health_of_payments
from payments.completion_services.payment_completion import PaymentCompletionService
from payments.models import PaymentIntent
from tests.cast import NOON, Cast, a_charged_payment, a_payment, a_won_bid, deliver, event_of
from tests.notifications.diary import sell


def a_decline(cast: Cast) -> None:
    payment = a_payment(a_won_bid(cast.bo, cast.saga))
    PaymentIntent.objects.filter(pk=payment.pk).update(last_error={"code": "card_declined"})


def paid_within(cast: Cast, seconds: float) -> None:
    """Newer than all before, and so long after its charge."""
    payment = a_charged_payment(a_won_bid(cast.bo, cast.saga))
    payment.charged_at = NOON + timedelta(hours=payment.number)
    payment.save(update_fields=["charged_at"])
    at = payment.charged_at + timedelta(seconds=seconds)
    PaymentCompletionService.process_payment_completion(payment, at=at)


def handled_within(seconds: float) -> None:
    """A message that was received at noon."""
    deliver(event_of("price.updated", {"id": "price_1"}), at=NOON)
    waiting = Message.objects.filter(state="received")
    waiting.update(state="handled", handled_at=NOON + timedelta(seconds=seconds))


def test_before_anything_there_is_nothing_to_tell(db: None) -> None:
    assert health_of_payments(at=NOON) == Health(0, 0, None, None, None)


def test_what_was_tried_and_what_was_paid_of_it(cast: Cast) -> None:
    """A payment that was begun, and for which no card was tried, is neither."""
    for _ in range(3):
        sell(cast)
    a_decline(cast)
    a_payment(a_won_bid(cast.bo, cast.saga))

    told = health_of_payments(at=NOON)
    assert (told.attempted, told.paid) == (4, 3)


def test_the_middle_of_the_times_to_the_books(cast: Cast) -> None:
    for seconds in (1, 9, 2):
        paid_within(cast, seconds)

    assert health_of_payments(at=NOON).confirm_seconds == 2


def test_a_clock_that_is_behind_stripes_takes_no_time_away(cast: Cast) -> None:
    paid_within(cast, -5)

    assert health_of_payments(at=NOON).confirm_seconds == 0


def test_nineteen_in_twenty_messages_took_no_longer(db: None) -> None:
    for seconds in range(1, 22):
        handled_within(seconds)

    assert health_of_payments(at=NOON).handle_seconds == 20


def test_what_is_due_next_has_waited_since_it_came(db: None) -> None:
    at = timezone.now()
    deliver(event_of("price.updated", {"id": "price_1"}), at=at - timedelta(seconds=30))

    assert health_of_payments(at=at).waits_seconds == pytest.approx(30)


def test_only_the_newest_count(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "NEWEST", 2)
    a_decline(cast)
    for seconds in (100, 1, 3):
        paid_within(cast, seconds)
        handled_within(seconds)

    told = health_of_payments(at=NOON)
    assert (told.attempted, told.paid, told.confirm_seconds) == (2, 2, 2)
    assert told.handle_seconds == pytest.approx(2.9)


def test_it_is_one_statement(cast: Cast, django_assert_num_queries) -> None:
    sell(cast)

    with django_assert_num_queries(1):
        health_of_payments(at=NOON)
