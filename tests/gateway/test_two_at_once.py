"""Two at one act at the same moment: it has one result, on its newest attempt, and no attempt beside that."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections, transaction

from gateway.calls import _done, _held_attempts, _next_attempt, make_call, write_call
from gateway.models import StripeCall
from tests.databases import wait_for_somebody_who_waits
from tests.gateway.there import AT, HOUR, There, again


def a_stored_failure(call: StripeCall) -> StripeCall:
    """Its key is of no use any more, and the hour is over."""
    StripeCall.objects.filter(pk=call.pk).update(
        state="unknown", http_status=500, first_sent_at=AT - HOUR, last_sent_at=AT - HOUR
    )
    return again(call)


def test_what_two_find_at_once_is_the_result_of_the_newest_attempt(call: StripeCall, there: There) -> None:
    """One sends the next attempt; before its answer is written another finds what it has made."""
    slept = a_stored_failure(call)

    def make_while_another_finds(sent: StripeCall) -> Mapping[str, Any]:
        made = there.make(sent)
        assert make_call(slept, there.act, at=AT) == made
        return made

    there.answer = make_while_another_finds
    assert make_call(slept, there.act, at=AT) == {"id": "tr_2"}

    attempts = StripeCall.objects.order_by("attempt").values_list("state", "result_id")
    assert list(attempts) == [("refused", ""), ("done", "tr_2")]


def test_while_one_looked_in_vain_another_has_done_it(call: StripeCall, there: There) -> None:
    slept = a_stored_failure(call)

    def look_while_another_does_it(_: StripeCall) -> None:
        StripeCall.objects.filter(pk=call.pk).update(state="done", result_id="tr_of_another")

    there.find = look_while_another_does_it  # type: ignore[assignment]

    assert make_call(slept, there.act, at=AT) == {"id": "tr_of_another"}
    assert (there.sent, StripeCall.objects.count()) == ([], 1)


def test_two_who_hear_of_it_at_the_same_moment_write_it_once(own_database: str) -> None:
    """Each knows another attempt of the act as the newest."""
    acts = range(30)
    for number in acts:
        first = write_call(purpose="p", object_type="t", object_id=number, params={}, at=AT)
        StripeCall.objects.filter(pk=first.pk).update(state="refused", first_sent_at=AT)
        write_call(purpose="p", object_type="t", object_id=number, params={}, at=AT, anew_after_refusal=True)
    ready = Barrier(2)

    def hear(attempt: int) -> None:
        try:
            for call in StripeCall.objects.filter(attempt=attempt).order_by("pk"):
                ready.wait(20)
                _done(call, {"id": f"tr_{call.object_id}"}, at=AT)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        for hearing in [threads.submit(hear, attempt) for attempt in (1, 2)]:
            hearing.result(60)

    done = StripeCall.objects.filter(state="done").values_list("attempt", "result_id")
    assert sorted(done) == sorted((2, f"tr_{number}") for number in acts)


@pytest.mark.parametrize("anew", ["by the next attempt", "after a refusal"])
def test_while_a_result_is_written_no_other_attempt_is(own_database: str, anew: str) -> None:
    call = write_call(purpose="p", object_type="t", object_id=1, params={}, at=AT)
    slept = a_stored_failure(call)
    if anew == "after a refusal":
        StripeCall.objects.filter(pk=call.pk).update(state="refused")

    def try_anew() -> StripeCall:
        try:
            if anew == "by the next attempt":
                return _next_attempt(slept, at=AT)
            return write_call(
                purpose="p", object_type="t", object_id=1, params={}, at=AT, anew_after_refusal=True
            )
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            _held_attempts(call)
            trying = threads.submit(try_anew)
            wait_for_somebody_who_waits(own_database)
            StripeCall.objects.filter(pk=call.pk).update(state="done", result_id="tr_1")
        found = trying.result(20)

    assert (found.attempt, found.result_id, StripeCall.objects.count()) == (1, "tr_1", 1)
