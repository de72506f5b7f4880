"""The worker: each duty by itself, again at once while there is more, again later when it failed."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.utils import timezone

from auctions.models import Auction, Bid
from config import worker
from config.worker import DUTIES, Duty, UnknownDuty, work
from inbox.models import Message
from inbox.receiving import CHANNEL
from notifications.models import Letter
from tests.api.asking import a_sale
from tests.cast import NOON, Cast, a_won_bid, an_auction, deliver, event_of
from tests.databases import url_of

PATIENCE_SECONDS = 10
Start = Callable[..., threading.Thread]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Set the worker to these duties, each with its name; afterwards it is stopped, and must hear it."""
    stopping, started = threading.Event(), []

    def start_worker(**duties: Duty) -> threading.Thread:
        for name, duty in duties.items():
            monkeypatch.setitem(worker.DUTIES, name, duty)
        thread = threading.Thread(target=work, args=(duties,), kwargs={"stopping": stopping}, daemon=True)
        started.append(thread)
        thread.start()
        return thread

    yield start_worker
    stopping.set()
    for thread in started:
        thread.join(2)
        assert not thread.is_alive()


class Deeds:
    """A duty's work: what it answers each time, an exception being raised; then it is idle."""

    def __init__(self, *answers: int | Exception) -> None:
        self._answers, self.times, self.idle = list(answers), [], threading.Event()

    def __call__(self, at: datetime, *_: Any) -> int:
        self.times.append(time.monotonic())
        answer = self._answers.pop(0) if self._answers else 0
        if not self._answers:
            self.idle.set()
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_a_duty_that_waits_holds_up_no_other(start: Start) -> None:
    waiting, deeds = threading.Event(), Deeds(1)

    def wait(at: datetime, stopping: threading.Event) -> int:
        waiting.set()
        return int(stopping.wait(PATIENCE_SECONDS))

    start(slow=Duty(wait, rest_seconds=60), quick=Duty(deeds, rest_seconds=60))

    assert waiting.wait(PATIENCE_SECONDS)
    assert deeds.idle.wait(PATIENCE_SECONDS)


def test_while_there_is_more_it_goes_on_at_once_and_then_it_rests(start: Start) -> None:
    deeds = Deeds(200, 200, 3, 0)

    start(busy=Duty(deeds, rest_seconds=60))

    assert deeds.idle.wait(PATIENCE_SECONDS)
    time.sleep(0.5)
    assert len(deeds.times) == 4


def test_a_duty_that_fails_is_tried_again_after_a_rest_and_the_others_go_on(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    failing, steady = Deeds(ValueError("a buyer's own words"), 1), Deeds(*[1] * 50)

    with caplog.at_level(logging.ERROR, "klubba.worker"):
        start(failing=Duty(failing, rest_seconds=1), steady=Duty(steady, rest_seconds=1))
        assert failing.idle.wait(PATIENCE_SECONDS)
        assert steady.idle.wait(PATIENCE_SECONDS)

    assert failing.times[1] - failing.times[0] >= 0.9
    assert "failing failed: ValueError in __call__, line" in caplog.text
    assert "words" not in caplog.text


def test_what_a_duty_begins_with_is_done_once_however_often_it_had_to_be_tried(start: Start) -> None:
    begin, deeds = Deeds(ValueError(), 1), Deeds(1, 1, 1)

    start(begun=Duty(deeds, begin=begin, rest_seconds=1))

    assert deeds.idle.wait(PATIENCE_SECONDS)
    assert len(begin.times) == 2
    assert begin.times[1] < deeds.times[0]


def test_a_notification_ends_the_rest_also_when_the_listener_was_cut_off(
    start: Start, own_database: str, settings: Any
) -> None:
    settings.DATABASE_URL = url_of(own_database)
    deeds = Deeds()
    start(woken=Duty(deeds, rest_seconds=600, channel=CHANNEL))
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as other:
        listens = (
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        )
        for _ in range(2):
            until(lambda: other.execute(listens).fetchone() is not None)
            time.sleep(0.5)  # It looks once by itself when it begins to listen.
            before = len(deeds.times)
            deliver(event_of("thing.told", {"id": "a"}))
            until(lambda seen=before: len(deeds.times) > seen)
            time.sleep(0.2)
            assert len(deeds.times) < before + 5  # Woken, it looked, and rests again.
            other.execute(f"SELECT pg_terminate_backend(pid) FROM ({listens}) AS cut_off")


def until(what: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + PATIENCE_SECONDS
    while not what():
        assert time.monotonic() < ends_at
        time.sleep(0.02)


@pytest.mark.parametrize("names", [[], ["drain", "idle"]])
def test_a_duty_it_does_not_have_is_refused_before_anything_is_done(names: list[str]) -> None:
    with pytest.raises(UnknownDuty, match="there are drain, close"):
        work(names, stopping=threading.Event())


def test_each_duty_does_what_its_name_says(cast: Cast) -> None:
    late, stopping = NOON + timedelta(days=3), threading.Event()
    deliver(event_of("nobody.follows", {"id": "a"}))
    an_auction(cast.saga)
    a_won_bid(cast.bo, cast.saga)

    assert {name: DUTIES[name].do(late, stopping) for name in ("drain", "close", "expire")} == {
        "drain": 1,
        "close": 1,
        "expire": 1,
    }
    assert Message.objects.get().state == "ignored"
    assert not Auction.objects.filter(status="open").exists()
    assert Bid.objects.get().status == "expired"
    assert DUTIES["pay"].do(late, stopping) == 0


def test_what_happened_is_told_in_letters_and_they_are_sent(cast: Cast) -> None:
    a_sale(cast.bo, cast.saga)
    stopping, at = threading.Event(), timezone.now()

    assert [DUTIES["letters"].do(at, stopping) for _ in range(6)] == [2, 4, 0, 0, 0, 0]
    assert set(Letter.objects.values_list("state", "person__name")) == {
        ("sent", "Bo Berg"),
        ("sent", "Saga Sand"),
    }


def test_what_nobody_followed_is_taken_up_when_the_drain_begins(db: None) -> None:
    deliver(event_of("charge.updated", {"id": "ch_1"}))
    reason = "No part of Klubba follows this type of event."
    Message.objects.update(state="ignored", reason=reason, handled_at=NOON)

    assert DUTIES["drain"].begin(NOON) == 1


def test_asked_to_stop_it_stops_between_two_payouts_or_wins(cast: Cast) -> None:
    stopping = threading.Event()
    stopping.set()
    a_won_bid(cast.bo, cast.saga)

    assert DUTIES["expire"].do(NOON + timedelta(days=3), stopping) == 0
