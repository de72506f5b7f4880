"""What is replayed in a copy comes to its effect, or is named; and what goes wrong is said in a sentence."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from config.drill import drilling
from config.drill.drilling import _become_equal, _failing_plainly
from config.drill.replaying import replay
from config.drill.standing_in import _see_that_it_is
from config.drill.verdicts import DrillFailed, DrillRefused
from gateway.client import stripe_client
from inbox.models import Message
from payouts import sending
from payouts.models import PayoutSchedule
from tests.cast import NOON, Cast, deliver, event_of
from tests.payouts.moving import DUE, PART_MINOR, an_account, sales_of, transferred
from tests.treasury.conftest import told
from treasury.models import Watermark

__all__ = ["told"]


def test_what_comes_to_no_effect_is_tried_until_its_tries_are_used_up_and_named(
    cast: Cast, told: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stripe tells of a payout whose answer we never got: it would wait for that for hours."""
    monkeypatch.setattr(drilling, "REST_SECONDS", 0)
    told |= {"object": "list", "data": [], "has_more": False, "available": [], "pending": []}
    account = an_account(cast.saga)
    sales_of(cast, 1)
    schedule = transferred(PayoutSchedule.objects.get())
    attempt = sending._write_attempt(schedule.pk, there_minor=PART_MINOR, at=DUE)
    assert attempt is not None
    payout = {"id": "po_1", "amount": PART_MINOR, "currency": "sek", "status": "paid"}
    event = event_of("payout.paid", payout | {"metadata": {"attempt": str(attempt.pk)}})
    event["account"] = account.stripe_account_id
    deliver(event, endpoint="connect", at=timezone.now())

    failure = (
        f"payout.paid {event['id']} was tried until its tries were used up: PayoutNotYetOurs: The answer"
    )
    with pytest.raises(DrillFailed, match=failure):
        _become_equal(print, as_of=NOON + timedelta(days=60), clock=timezone.now)

    assert Message.objects.get().state == "dead"
    assert replay(at=timezone.now()).failures == []


def test_an_account_that_was_asked_a_moment_before_the_dump_is_asked_again(
    db: None, told: dict[str, object]
) -> None:
    told |= {"object": "list", "data": [], "has_more": False}
    now = timezone.now()
    asked = Watermark.objects.create(name="asked:acct_1", at=now - timedelta(seconds=1))

    replay(at=now)

    asked.refresh_from_db()
    assert asked.at <= now - timedelta(seconds=5)


def test_a_stripe_that_does_not_answer_is_said_in_a_sentence(db: None, settings) -> None:
    settings.STRIPE_API_BASE = "http://127.0.0.1:1"
    stripe_client.cache_clear()
    with pytest.raises(DrillFailed, match=r"cannot be read\. Stripe gave no definite"), _failing_plainly():
        replay(at=timezone.now())
    stripe_client.cache_clear()


def test_a_copy_that_lacks_a_right_is_said_in_a_sentence(db: None) -> None:
    failing = pytest.raises(DrillFailed, match="does not work: must be owner of table ledger_posting")
    with failing, _failing_plainly(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE ledger_posting")


def test_a_file_that_may_not_be_read_is_said_in_a_sentence() -> None:
    with pytest.raises(DrillRefused, match="/var/lib/heads may not be read"), _failing_plainly():
        raise PermissionError(13, "Permission denied", "/var/lib/heads")


def test_where_another_database_answers_nothing_is_done(db: None) -> None:
    with pytest.raises(DrillRefused, match="answers where klubba_drill_1 should"):
        _see_that_it_is("klubba_drill_1")
