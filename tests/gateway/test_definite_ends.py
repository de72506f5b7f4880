"""How a call comes to its end, to the letter: what is asked first, what is kept, when it is sent again."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import stripe

from gateway import calls
from gateway.calls import (
    CLOCKS_DIFFER_BY,
    KEY_HOLDS,
    STRIPES_CLOCKS_DIFFER_BY,
    Act,
    make_call,
    sent_since,
    withdraw_call,
)
from gateway.client import StripeAway, StripeRefused
from gateway.clock import StripesClock
from gateway.models import StripeCall
from tests.gateway.there import AT, There, again, fails

SECOND = timedelta(seconds=1)


def plain(there: There) -> Act:
    """An act as it is if nobody says more: nothing is asked before it, nor after a refusal."""

    def look_up(_: StripeCall) -> None:
        raise AssertionError("nobody asked for it")

    act = there.act
    return Act(perform=act.perform, look_up=look_up, fetch=act.fetch, quiet=act.quiet)


def test_a_fresh_call_is_sent_without_a_question_first(call: StripeCall, there: There) -> None:
    assert make_call(call, plain(there), at=AT) == {"id": "tr_1"}

    done = again(call)
    assert (done.state, done.result_id, done.http_status) == ("done", "tr_1", 200)


def test_a_refusal_is_told_again_and_not_tried_again(call: StripeCall, there: There) -> None:
    there.answer = fails(402, "card_declined")
    for _ in range(2):
        with pytest.raises(StripeRefused) as refused:
            make_call(again(call), plain(there), at=AT)
        assert (refused.value.code, refused.value.http_status) == ("card_declined", 402)

    assert len(there.sent) == 1


def test_what_was_withdrawn_has_no_status_of_stripes(call: StripeCall, there: There) -> None:
    assert withdraw_call(call, reason="expired")
    with pytest.raises(StripeRefused) as refused:
        make_call(again(call), plain(there), at=AT)

    assert (refused.value.code, refused.value.http_status) == ("expired", 0)
    assert there.sent == []


def test_a_refusal_in_doubt_is_none_if_the_thing_is_there(call: StripeCall, there: There) -> None:
    def make_and_refuse(sent: StripeCall) -> Mapping[str, Any]:
        there.make(sent)
        return fails(400, "balance_insufficient")(sent)

    there.answer = make_and_refuse

    assert make_call(call, there.act, at=AT) == {"id": "tr_1"}
    assert (again(call).state, again(call).result_id) == ("done", "tr_1")


def test_of_a_failure_is_kept_what_fits(call: StripeCall, there: There) -> None:
    def fail_at_length(_: StripeCall) -> Mapping[str, Any]:
        raise stripe.InvalidRequestError(
            "no",
            None,
            http_status=400,
            json_body={"error": {"code": "c" * 100}},
            headers={"request-id": "r" * 100},
        )

    there.answer = fail_at_length
    with pytest.raises(StripeRefused):
        make_call(call, plain(there), at=AT)

    kept = again(call)
    assert (kept.error_code, kept.request_id, kept.http_status) == ("c" * 80, "r" * 80, 400)


def test_while_the_key_is_in_use_it_waits_and_sends_once_more_at_the_end(
    call: StripeCall, there: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = (0.05, 0.1)
    monkeypatch.setattr(calls, "WHILE_THE_KEY_IS_IN_USE_SECONDS", waits)
    there.answer = lambda sent: there.make(sent) if len(there.sent) == 3 else fails(409)(sent)
    began = time.monotonic()

    assert make_call(call, plain(there), at=AT) == {"id": "tr_1"}
    assert len(set(there.sent)) == 1 and len(there.sent) == 3
    assert time.monotonic() - began >= sum(waits)


@pytest.mark.parametrize(("later", "attempt"), [(KEY_HOLDS - SECOND, 1), (KEY_HOLDS, 2)])
def test_a_key_is_good_for_less_than_its_time(
    call: StripeCall, there: There, later: timedelta, attempt: int
) -> None:
    there.answer = fails(None)
    with pytest.raises(StripeAway):
        make_call(call, there.act, at=AT)
    there.answer = there.make

    assert make_call(again(call), there.act, at=AT + later) == {"id": f"tr_{attempt}"}


@pytest.fixture
def stripe_says(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """What its last answer said that the time is."""
    clock = StripesClock()
    monkeypatch.setattr(calls, "stripes_clock", clock)
    return lambda at: clock.hear({"date": format_datetime(at, usegmt=True)})


def test_it_is_looked_for_from_when_it_was_by_stripes_own_clock_wherever_ours_stands(
    call: StripeCall, there: There, stripe_says: Callable[[datetime], None]
) -> None:
    theirs = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
    there.answer = fails(None)
    for says in (theirs, theirs + timedelta(hours=1)):
        stripe_says(says)
        with pytest.raises(StripeAway):
            make_call(again(call), there.act, at=AT)

    assert sent_since(call) == int((theirs - STRIPES_CLOCKS_DIFFER_BY).timestamp())


def test_what_was_sent_before_stripe_said_the_time_is_looked_for_by_our_clock(
    call: StripeCall, there: There, stripe_says: Callable[[datetime], None]
) -> None:
    there.answer = fails(None)
    for _ in range(2):
        with pytest.raises(StripeAway):
            make_call(again(call), there.act, at=AT)
        stripe_says(AT + timedelta(hours=1))

    assert sent_since(call) == int((AT - CLOCKS_DIFFER_BY).timestamp())


def test_it_may_have_been_sent_a_quarter_of_an_hour_before_our_clock_says(call: StripeCall) -> None:
    assert timedelta(minutes=15) == CLOCKS_DIFFER_BY
    assert sent_since(call) == int((AT - CLOCKS_DIFFER_BY).timestamp())
