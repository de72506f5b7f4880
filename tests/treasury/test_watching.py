"""What is free is watched, and a lack of it is told once a day."""

from __future__ import annotations

from datetime import timedelta

from events.models import Event
from ledger.posting import Line, post_journal
from tests.cast import NOON
from treasury.polling import poll
from treasury.watching import watch_free


def test_below_the_cushion_the_diary_says_so_once_a_day(db: None, settings) -> None:
    settings.FREE_CUSHION_MINOR = {"SEK": 10_000}
    post_journal(
        key="topup:1", currency="SEK", lines=[Line("stripe:clearing", "bank:platform", 9_999)], at=NOON
    )

    assert watch_free(at=NOON) == ["SEK"]
    assert watch_free(at=NOON + timedelta(hours=23)) == []
    assert watch_free(at=NOON + timedelta(hours=24)) == ["SEK"]
    assert watch_free(at=NOON + timedelta(hours=25)) == []

    told = Event.objects.filter(kind="platform.free_low")
    assert [line.details for line in told] == [
        {"free_minor": 9_999, "cushion_minor": 10_000, "currency": "SEK"}
    ] * 2


def test_at_the_cushion_nobody_is_alarmed(db: None, settings) -> None:
    settings.FREE_CUSHION_MINOR = {"SEK": 10_000}
    post_journal(
        key="topup:1", currency="SEK", lines=[Line("stripe:clearing", "bank:platform", 10_000)], at=NOON
    )

    assert watch_free(at=NOON) == []
    assert not Event.objects.exists()


def test_each_currency_is_watched_by_itself(db: None, settings) -> None:
    settings.SETTLEMENT_CURRENCIES, settings.FREE_CUSHION_MINOR = ("SEK", "EUR"), {"EUR": 1}
    assert watch_free(at=NOON) == ["EUR"]
    settings.FREE_CUSHION_MINOR = {"SEK": 1, "EUR": 1}
    assert watch_free(at=NOON) == ["SEK"]


def test_without_a_cushion_only_what_is_missing_alarms(db: None) -> None:
    assert watch_free(at=NOON) == []
    post_journal(
        key="fee:1", currency="SEK", lines=[Line("platform:stripe_fees", "stripe:clearing", 1)], at=NOON
    )
    assert watch_free(at=NOON) == ["SEK"]


def test_polled_it_is_looked_at_once_an_hour(db: None, told: dict[str, object]) -> None:
    told |= {"data": [], "has_more": False, "settings": {"payouts": {"schedule": {"interval": "manual"}}}}
    poll(at=NOON)
    post_journal(
        key="fee:1", currency="SEK", lines=[Line("platform:stripe_fees", "stripe:clearing", 1)], at=NOON
    )

    poll(at=NOON + timedelta(minutes=59))
    assert not Event.objects.exists()
    poll(at=NOON + timedelta(minutes=60))
    poll(at=NOON + timedelta(minutes=61))
    assert Event.objects.get().kind == "platform.free_low"
