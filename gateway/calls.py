"""The outgoing-call rule: write it down, look before sending again, believe only what is definite.

A call is committed before it is sent. One without a definite answer is looked up first; what is found is
adopted. The same key goes out again while Stripe still remembers it and has no failure stored under it;
otherwise, and only after the look-up proved that nothing happened, a new attempt has a new key. A question
that Stripe refuses proves nothing.
"""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import stripe
from django.conf import settings
from django.db import transaction
from django.db.models import Case, DateTimeField, F, Min, QuerySet, Value, When
from django.db.models.functions import Coalesce, Least

from faults.crashpoints import crashpoint
from gateway.client import (
    StripeAway,
    StripeRefused,
    ask,
    code_of,
    refuse_in_transaction,
    stripe_client,
    verdict_on,
)
from gateway.clock import stripes_clock
from gateway.models import StripeCall
from money.sets import insert_unless_there

State = StripeCall.State

# Stripe keeps keys for 24 hours at least.
KEY_HOLDS = timedelta(hours=23)
# Ours and Stripe's; and Stripe's own among each other.
CLOCKS_DIFFER_BY, STRIPES_CLOCKS_DIFFER_BY = timedelta(minutes=15), timedelta(seconds=30)

HTTP_CONFLICT, HTTP_FAILURE = 409, 500
WHILE_THE_KEY_IS_IN_USE_SECONDS = (0.1, 0.2, 0.4, 0.8, 1.6)

Answer = Mapping[str, Any]
T = TypeVar("T")


class ParametersChanged(Exception):
    """The call is written down with other parameters. Its key must never carry these."""


class FoundAmiss(StripeAway):
    """The look-up found what must not be: two where one was asked for, or one of another amount.

    Nothing is decided by it; a person has to look.
    """


@dataclass(frozen=True)
class Act:
    """How one kind of call is made and found again. Each returns Stripe's object.

    `quiet` is how long nothing may have been sent before there is a new attempt: long where money moves,
    none where an unused duplicate harms nobody. `again_after_refusal` lets a later caller try anew what was
    refused, where the reason may have gone. `doubt_refusals` looks once more before a refusal is believed:
    where money moves, a refusal counts only if nothing is found. `look_first` looks before the first sending
    too, where an earlier row may have done the same act. `is_found_by_time` says that it is looked for among
    all that was made since it was first sent: where it is not known what time it is at Stripe, that is asked.
    """

    perform: Callable[[StripeCall], Answer]
    look_up: Callable[[StripeCall], Answer | None]
    fetch: Callable[[str], Answer]
    quiet: timedelta
    again_after_refusal: bool = False
    doubt_refusals: bool = False
    look_first: bool = False
    is_found_by_time: bool = False


def write_call(
    *,
    purpose: str,
    object_type: str,
    object_id: object,
    params: Mapping[str, Any],
    at: datetime,
    anew_after_refusal: bool = False,
) -> StripeCall:
    """The newest attempt at the act; the first one is written now, for the caller to commit.

    `anew_after_refusal` writes another after one that Stripe refused, which may have other parameters.

    Raises:
        ParametersChanged: an attempt is known, with other parameters.
    """
    params_hash = hashlib.sha256(json.dumps(params, sort_keys=True).encode()).hexdigest()
    fresh = _attempt(
        StripeCall(
            purpose=purpose,
            object_type=object_type,
            object_id=str(object_id),
            params=dict(params),
            params_hash=params_hash,
        ),
        at=at,
    )
    if insert_unless_there(fresh):
        return fresh
    with transaction.atomic():
        newest = _held_attempts(fresh)[-1]
        if anew_after_refusal and newest.state == State.REFUSED:
            return _write_attempt(fresh, attempt=newest.attempt + 1, at=at)
    if newest.params_hash != params_hash:
        raise ParametersChanged(f"{newest.idempotency_key} is frozen with other parameters.")
    return newest


def make_call(call: StripeCall, act: Act, *, at: datetime) -> Answer:
    """Carry the call to a definite end and answer Stripe's object. Again is the same object.

    Raises:
        StripeAway: no definite answer; call again later, with the same call.
        StripeRefused: a definite no, now or before.
        CallInTransaction: a transaction is open.
    """
    if call.state == State.DONE:
        return _look(lambda: act.fetch(call.result_id))
    if call.state == State.REFUSED:
        newest = newest_call(purpose=call.purpose, object_type=call.object_type, object_id=call.object_id)
        if newest is not None and newest.attempt > call.attempt:
            return make_call(newest, act, at=at)
        if not act.again_after_refusal:
            raise StripeRefused(code=call.error_code, http_status=call.http_status or 0)
        call = _next_attempt(call, at=at)
    is_in_doubt = call.state in StripeCall.IN_DOUBT
    if is_in_doubt or act.look_first or call.attempt > 1:
        found = _look(lambda: act.look_up(call))
        if found is not None:
            return _done(call, found, at=at)
    if is_in_doubt:
        crashpoint("P7.looked_up")
        call = _call_to_send_again(call, act, at=at)
    return _send(call, act, at=at)


def withdraw_call(call: StripeCall, *, reason: str) -> bool:
    """INTENT -> REFUSED: it was never sent, and never will be. False if somebody has sent it."""
    unsent = StripeCall.objects.filter(pk=call.pk, state=State.INTENT)
    return unsent.update(state=State.REFUSED, error_code=reason) == 1


def newest_call(*, purpose: str, object_type: str, object_id: object) -> StripeCall | None:
    """The newest attempt at the act, if one was written."""
    attempts = StripeCall.objects.filter(purpose=purpose, object_type=object_type, object_id=str(object_id))
    return attempts.order_by("-attempt").first()


def _attempts_like(call: StripeCall) -> QuerySet[StripeCall]:
    """Every attempt at the same act, this one among them."""
    return StripeCall.objects.filter(
        purpose=call.purpose, object_type=call.object_type, object_id=call.object_id
    )


def _look(question: Callable[[], T]) -> T:
    """Ask Stripe what it has. That it will not say is no proof that there is nothing."""
    try:
        return ask(question)
    except StripeRefused as refused:
        raise StripeAway(f"Stripe does not say what became of it ({refused.code}).") from refused


def _call_to_send_again(call: StripeCall, act: Act, *, at: datetime) -> StripeCall:
    """The same attempt while its key is good, else the next; nothing was found at Stripe."""
    age = at - (call.first_sent_at or at)
    silence = at - (call.last_sent_at or call.first_sent_at or at)
    failure_is_stored = call.http_status is not None and call.http_status >= HTTP_FAILURE
    if age < KEY_HOLDS and not failure_is_stored:
        return call
    if silence < act.quiet:
        raise StripeAway("Stripe failed on this a moment ago; it is tried again later.")
    return _next_attempt(call, at=at)


def _next_attempt(call: StripeCall, *, at: datetime) -> StripeCall:
    """A new attempt with a new key, committed: the last one had no effect. Or what another made of it."""
    with transaction.atomic(durable=True):
        newest = _held_attempts(call)[-1]
        if newest.attempt > call.attempt or newest.state == State.DONE:
            return newest
        StripeCall.objects.filter(pk=newest.pk).update(state=State.REFUSED)
        return _write_attempt(call, attempt=call.attempt + 1, at=at)


def _write_attempt(like: StripeCall, *, attempt: int, at: datetime) -> StripeCall:
    """Write the attempt, or take the one that somebody wrote at the same time."""
    call = _attempt(like, attempt=attempt, at=at)
    return call if insert_unless_there(call) else _attempts_like(like).get(attempt=attempt)


def _attempt(like: StripeCall, *, attempt: int = 1, at: datetime) -> StripeCall:
    return StripeCall(
        purpose=like.purpose,
        object_type=like.object_type,
        object_id=like.object_id,
        attempt=attempt,
        idempotency_key=f"v1:{settings.WORLD}:{like.purpose}:{like.object_id}:{attempt}",
        params=like.params,
        params_hash=like.params_hash,
        created_at=at,
    )


def _send(call: StripeCall, act: Act, *, at: datetime) -> Answer:
    if act.is_found_by_time and call.first_sent_at is None and stripes_clock.passed() is None:
        _look(lambda: stripe_client().v1.balance.retrieve())  # Any answer says what time it is there.
    if not _may_send(call, at=at):
        return make_call(StripeCall.objects.get(pk=call.pk), act, at=at)
    crashpoint("P8.marked_sent")
    try:
        answer = _perform(call, act)
    except stripe.StripeError as error:
        verdict = verdict_on(error)
        found = _look_in_doubt(call, act, verdict)
        if found is not None:
            return _done(call, found, at=at)
        _record_failure(call, error, verdict)
        raise verdict from error
    crashpoint("P9.answered")
    return _done(call, answer, at=at)


def _may_send(call: StripeCall, *, at: datetime) -> bool:
    """Mark it sent, by one statement that commits itself.

    False if anything became of it since it was read: the look-up is old.
    """
    refuse_in_transaction()
    if call.state not in StripeCall.OPEN:
        return False
    as_it_was = StripeCall.objects.filter(pk=call.pk, state=call.state, last_sent_at=call.last_sent_at)
    is_first = When(first_sent_at=None, then=Value(stripes_clock.passed(), DateTimeField()))
    sent = as_it_was.update(
        state=State.SENT,
        first_sent_at=Coalesce("first_sent_at", Value(at)),
        last_sent_at=at,
        first_sent_there_at=Case(is_first, default="first_sent_there_at"),
    )
    return sent == 1


def _perform(call: StripeCall, act: Act) -> Answer:
    """Send it; while Stripe is busy with the same key for somebody else, wait for that one's answer."""
    for wait_seconds in WHILE_THE_KEY_IS_IN_USE_SECONDS:
        try:
            return act.perform(call)
        except stripe.StripeError as error:
            if error.http_status != HTTP_CONFLICT:
                raise
        time.sleep(wait_seconds)
    return act.perform(call)


def _look_in_doubt(call: StripeCall, act: Act, verdict: StripeAway | StripeRefused) -> Answer | None:
    if act.doubt_refusals and isinstance(verdict, StripeRefused):
        return _look(lambda: act.look_up(call))
    return None


def _done(call: StripeCall, answer: Answer, *, at: datetime) -> Answer:
    """What stands at Stripe is the result of the act's newest attempt, whichever of them made it.

    A first attempt that is open is the newest, and none is done: then one statement is enough.
    """
    refuse_in_transaction()
    result_id = answer.get("id")
    if not isinstance(result_id, str) or not result_id:
        StripeCall.objects.filter(pk=call.pk, state__in=StripeCall.OPEN).update(state=State.UNKNOWN)
        raise StripeAway("Stripe's answer could not be read.")
    first = StripeCall.objects.filter(pk=call.pk, attempt=1, state__in=StripeCall.OPEN)
    if _end(first, result_id, at=at):
        return answer
    with transaction.atomic(durable=True):
        attempts = _held_attempts(call)
        done = next((attempt for attempt in attempts if attempt.state == State.DONE), None)
        if done is None:
            _end(StripeCall.objects.filter(pk=attempts[-1].pk), result_id, at=at)
    if done is not None and done.result_id != result_id:
        raise FoundAmiss(f"Two attempts at one act were done: {done.result_id} and {result_id}.")
    return answer


def _end(attempts: QuerySet[StripeCall], result_id: str, *, at: datetime) -> bool:
    ended = attempts.update(
        state=State.DONE,
        result_id=result_id,
        http_status=200,
        error_code="",
        first_sent_at=Coalesce("first_sent_at", Value(at)),
    )
    return ended == 1


def _held_attempts(call: StripeCall) -> list[StripeCall]:
    """Every attempt at the same act, oldest first; until the transaction ends nobody adds one or ends it."""
    _attempts_like(call).select_for_update().get(attempt=1)
    return list(_attempts_like(call).select_for_update().order_by("attempt"))


def _record_failure(call: StripeCall, error: stripe.StripeError, verdict: StripeAway | StripeRefused) -> None:
    """Keep what was answered; whoever ended the call meanwhile is not overruled."""
    state = State.REFUSED if isinstance(verdict, StripeRefused) else State.UNKNOWN
    request_id = (error.headers or {}).get("request-id", "")
    StripeCall.objects.filter(pk=call.pk, state__in=StripeCall.OPEN).update(
        state=state, http_status=error.http_status, error_code=code_of(error)[:80], request_id=request_id[:80]
    )


def marked(call: StripeCall) -> dict[str, Any]:
    """What is sent: the call's frozen parameters, and its id in the metadata, by which it is found again."""
    return {**call.params, "metadata": {**call.params["metadata"], "call_id": str(call.pk)}}


def sent_since(call: StripeCall, *, theirs_differ_by: timedelta = STRIPES_CLOCKS_DIFFER_BY) -> int:
    """From when on an attempt may have had its effect, in Stripe's seconds, wherever our clock stands."""
    by_stripes_clock = F("first_sent_there_at") - theirs_differ_by
    by_ours = Least("first_sent_at", "created_at", "written_at") - CLOCKS_DIFFER_BY
    begun = _attempts_like(call).aggregate(at=Min(Coalesce(by_stripes_clock, by_ours)))
    return int(begun["at"].timestamp())
