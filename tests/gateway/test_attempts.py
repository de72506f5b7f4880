"""Attempts at one act: a new one after silence only, found whichever made it, never two that are done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from gateway.calls import (
    Act,
    FoundAmiss,
    ParametersChanged,
    make_call,
    sent_since,
    withdraw_call,
    write_call,
)
from gateway.client import CallInTransaction, StripeAway, StripeRefused
from gateway.models import StripeCall
from tests.gateway.there import AT, HOUR, There, again, fails


def test_a_question_that_is_refused_is_no_refusal_of_the_act(call: StripeCall, there: There) -> None:
    there.answer = fails(None)
    with pytest.raises(StripeAway):
        make_call(call, there.act, at=AT)
    there.find = fails(404, "resource_missing")

    with pytest.raises(StripeAway):
        make_call(again(call), there.act, at=AT)
    assert again(call).state == "unknown"


def test_a_refusal_is_not_believed_while_stripe_does_not_say_what_it_has(
    call: StripeCall, there: There
) -> None:
    there.answer = fails(400, "balance_insufficient")
    found = iter([None])
    there.find = lambda sent: next(found) if len(there.sent) == 0 else fails(400, "no")(sent)

    with pytest.raises(StripeAway):
        make_call(call, there.act, at=AT)
    assert again(call).state == "sent"


def test_what_is_done_is_done_though_stripe_will_not_show_it(call: StripeCall, there: There) -> None:
    make_call(call, there.act, at=AT)
    hidden = Act(**{**vars(there.act), "fetch": lambda made_id: fails(404, "resource_missing")(call)})

    with pytest.raises(StripeAway):
        make_call(again(call), hidden, at=AT)
    assert again(call).state == "done"


@pytest.mark.parametrize("was_sent", [False, True])
def test_who_slept_over_the_look_up_looks_again(call: StripeCall, there: There, was_sent: bool) -> None:
    """Another sends and has no answer while this one sleeps; the key is forgotten meanwhile."""

    def look_while_another_sends(_: StripeCall) -> None:
        there.find = lambda sent: next(iter(there.made), None)
        there.made.append({"id": "tr_of_another"})
        StripeCall.objects.filter(pk=call.pk).update(state="unknown", first_sent_at=AT, last_sent_at=AT)

    if was_sent:
        StripeCall.objects.filter(pk=call.pk).update(
            state="unknown", first_sent_at=AT - HOUR, last_sent_at=AT - HOUR
        )
    there.find = look_while_another_sends  # type: ignore[assignment]

    assert make_call(again(call), there.act, at=AT)["id"] == "tr_of_another"
    assert there.sent == []


@pytest.mark.parametrize("state", ["sent", "unknown"])
@pytest.mark.parametrize(("is_there", "result", "keys"), [(True, "tr_1", []), (False, "tr_2", [":2"])])
def test_what_has_no_answer_is_looked_for_and_its_old_key_is_not_used_again(
    call: StripeCall, there: There, state: str, is_there: bool, result: str, keys: list[str]
) -> None:
    StripeCall.objects.filter(pk=call.pk).update(state=state, first_sent_at=AT, last_sent_at=AT)
    there.made = [{"id": "tr_1"}] if is_there else []
    looks_in_doubt = Act(**{**vars(there.act), "look_first": False})

    assert make_call(again(call), looks_in_doubt, at=AT + 24 * HOUR)["id"] == result
    assert [key[-2:] for key in there.sent] == keys


def test_a_key_with_a_stored_failure_is_replaced_after_an_hour(call: StripeCall, there: There) -> None:
    there.answer = fails(500)
    with pytest.raises(StripeAway):
        make_call(call, there.act, at=AT)
    there.answer = there.make

    with pytest.raises(StripeAway, match="a moment ago"):
        make_call(again(call), there.act, at=AT + timedelta(minutes=59))
    make_call(again(call), there.act, at=AT + HOUR)

    assert [key[-2:] for key in there.sent] == [":1", ":2"]


def test_a_new_attempt_that_another_has_done_is_not_sent(call: StripeCall, there: There) -> None:
    StripeCall.objects.filter(pk=call.pk).update(state="unknown", first_sent_at=AT, last_sent_at=AT)
    slept = again(call)
    StripeCall.objects.create(
        purpose="p", object_type="t", object_id="1", attempt=2, idempotency_key="k", params={},
        params_hash="", created_at=AT, first_sent_at=AT, state="done", result_id="tr_2",
    )  # fmt: skip

    assert make_call(slept, there.act, at=AT + 24 * HOUR)["id"] == "tr_2"
    assert there.sent == []


def test_an_old_key_is_replaced_only_after_an_hour_in_which_nothing_was_sent(
    call: StripeCall, there: There
) -> None:
    there.answer = fails(None)
    for after in (timedelta(0), timedelta(hours=22, minutes=50)):
        with pytest.raises(StripeAway):
            make_call(again(call), there.act, at=AT + after)
    with pytest.raises(StripeAway, match="a moment ago"):
        make_call(again(call), there.act, at=AT + timedelta(hours=23, minutes=10))
    there.answer = there.make

    make_call(again(call), there.act, at=AT + timedelta(hours=23, minutes=50))

    assert [key[-2:] for key in there.sent] == [":1", ":1", ":2"]
    attempts = StripeCall.objects.order_by("attempt").values_list("state", flat=True)
    assert list(attempts) == ["refused", "done"]


def test_a_second_attempt_looks_first_for_what_the_first_made(call: StripeCall, there: There) -> None:
    StripeCall.objects.filter(pk=call.pk).update(state="refused", first_sent_at=AT)
    second = write_call(
        purpose="p", object_type="t", object_id=1, params={"amount": 1}, at=AT, anew_after_refusal=True
    )
    there.made.append({"id": "tr_1"})
    act = Act(**{**vars(there.act), "look_first": False})

    assert make_call(second, act, at=AT)["id"] == "tr_1"
    assert there.sent == []


def test_an_act_that_was_done_by_two_attempts_needs_a_person(call: StripeCall, there: There) -> None:
    StripeCall.objects.filter(pk=call.pk).update(state="done", result_id="tr_1", first_sent_at=AT)
    second = StripeCall.objects.create(
        purpose="p", object_type="t", object_id="1", attempt=2, idempotency_key="k", params={},
        params_hash="", created_at=AT,
    )  # fmt: skip

    with pytest.raises(FoundAmiss):
        make_call(second, there.act, at=AT)

    there.made = [{"id": "tr_1"}]
    second.refresh_from_db()
    assert make_call(second, there.act, at=AT)["id"] == "tr_1"


def test_only_what_was_refused_is_written_anew_and_only_for_who_asks_for_it(call: StripeCall) -> None:
    def write(**asked: bool) -> StripeCall:
        return write_call(purpose="p", object_type="t", object_id=1, params={"amount": 2}, at=AT, **asked)

    with pytest.raises(ParametersChanged):
        write(anew_after_refusal=True)
    StripeCall.objects.filter(pk=call.pk).update(state="refused", first_sent_at=AT)
    with pytest.raises(ParametersChanged):
        write()
    assert write(anew_after_refusal=True).attempt == 2


@pytest.mark.parametrize("made", [[], [{"id": "tr_1"}]])
def test_in_an_open_transaction_nothing_is_sent_and_nothing_adopted(
    call: StripeCall, there: There, made: list[dict[str, Any]]
) -> None:
    there.made = made
    with pytest.raises(CallInTransaction), transaction.atomic():
        make_call(call, there.act, at=AT)

    assert (there.sent, again(call).state) == ([], "intent")


@pytest.mark.parametrize("answer", [fails(None), lambda _: {"id": None}])
def test_a_late_failure_does_not_open_again_what_was_refused(
    call: StripeCall, there: There, answer: Callable[[StripeCall], Mapping[str, Any]]
) -> None:
    def answer_late(sent: StripeCall) -> Mapping[str, Any]:
        StripeCall.objects.filter(pk=call.pk).update(state="refused", error_code="given_up")
        return answer(sent)

    there.answer = answer_late
    with pytest.raises(StripeAway):
        make_call(call, there.act, at=AT)

    assert (again(call).state, again(call).error_code) == ("refused", "given_up")


def test_an_answer_without_an_id_is_none(call: StripeCall, there: There) -> None:
    there.answer = lambda _: {"id": ""}

    with pytest.raises(StripeAway, match="could not be read"):
        make_call(call, there.act, at=AT)
    assert again(call).state == "unknown"


def test_who_holds_a_refused_call_gets_what_a_newer_one_makes(call: StripeCall, there: There) -> None:
    StripeCall.objects.filter(pk=call.pk).update(state="refused", first_sent_at=AT)
    slept = again(call)
    write_call(purpose="p", object_type="t", object_id=1, params={}, at=AT, anew_after_refusal=True)

    assert make_call(slept, there.act, at=AT)["id"] == "tr_2"


@pytest.mark.parametrize("is_tried_again", [True, False])
def test_what_was_refused_is_tried_again_where_the_reason_may_have_gone(
    call: StripeCall, there: There, is_tried_again: bool
) -> None:
    act = Act(**{**vars(there.act), "again_after_refusal": is_tried_again})
    there.answer = fails(400, "no")
    with pytest.raises(StripeRefused):
        make_call(call, act, at=AT)
    there.answer = there.make

    if is_tried_again:
        assert make_call(again(call), act, at=AT)["id"] == "tr_2"
    else:
        with pytest.raises(StripeRefused):
            make_call(again(call), act, at=AT)
        assert len(there.sent) == 1


def test_what_was_withdrawn_is_not_sent(call: StripeCall, there: There) -> None:
    slept = StripeCall.objects.get(pk=call.pk)
    assert withdraw_call(call, reason="transfers_not_allowed")

    with pytest.raises(StripeRefused) as refused:
        make_call(slept, there.act, at=AT)

    assert (refused.value.code, there.sent) == ("transfers_not_allowed", [])
    assert not withdraw_call(call, reason="again")


def test_what_was_sent_cannot_be_withdrawn(call: StripeCall, there: There) -> None:
    there.answer = fails(None)
    with pytest.raises(StripeAway):
        make_call(call, there.act, at=AT)

    assert not withdraw_call(call, reason="transfers_not_allowed")


def test_it_is_looked_for_since_the_first_attempt(call: StripeCall) -> None:
    StripeCall.objects.filter(pk=call.pk).update(state="refused", first_sent_at=AT)
    second = write_call(
        purpose="p", object_type="t", object_id=1, params={}, at=AT + HOUR, anew_after_refusal=True
    )

    assert sent_since(second) == sent_since(call) < AT.timestamp()
