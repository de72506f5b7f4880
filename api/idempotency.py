"""The same POST sent twice under one Idempotency-Key happens once.

Two ways. `answered_once`: effect and answer are one transaction, and the answer is told again. `run_again`:
for verbs that ask Stripe, which are safe to repeat and whose answers hold a secret that is kept nowhere.
Such a verb runs again, meets the same living payment, and answers with the status it had the first time;
a refusal holds no secret and is told again. A body that is refused before its view is reached is kept too.
"""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.db import connection, transaction
from django.db.models import Func, IntegerField, Q
from django.db.models.expressions import RawSQL
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja.responses import Status
from pydantic import BaseModel

from api.bearer import person_of
from api.forgetting import KEPT
from api.models import KeyedRequest
from api.problems import MEDIA_TYPE, REFUSALS, Refused, invalid, problem_of_refusal
from people.models import User

# Longer than any request takes: one that still runs after this has lost its process. One whose session is
# gone has lost it before; behind a pooler the session stays, and only the time tells.
LONGEST_RUN = timedelta(seconds=30)
LONGEST_PATH = 255
KEY = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)
LIVING_SESSIONS = RawSQL("SELECT pid FROM pg_stat_activity", [])
OUR_SESSION = Func(function="pg_backend_pid", output_field=IntegerField())
REPLAYED = "Idempotency-Replayed"

View = Callable[..., Any]
Answerer = Callable[[HttpRequest, Any], HttpResponse]


def answered_once(view: View) -> View:
    """Remember what the view answered, and tell it again. The view touches the database only."""

    @wraps(view)
    def once(request: HttpRequest, **values: Any) -> Any:
        if "Idempotency-Key" not in request.headers:
            return view(request, **values)
        kept = _claim(request, at=timezone.now())
        return _replay(kept) if kept.status else _answer_once(kept, view, request, values)

    return once


def run_again(view: View) -> View:
    """Let the view run each time, and keep only that it ran, for which body, and with what status."""

    @wraps(view)
    def again(request: HttpRequest, **values: Any) -> Any:
        if "Idempotency-Key" not in request.headers:
            return view(request, **values)
        kept = _claim(request, at=timezone.now())
        if kept.answer:
            return _replay(kept)
        if kept.status:
            return _marked(_as_status(view(request, **values)), status=kept.status)
        try:
            answer = _as_status(view(request, **values))
            _finish(kept, status=answer.status_code)
            kept.running = False
        except REFUSALS as refusal:
            return _keep_refusal(kept, refusal)
        finally:
            _release(kept)
        return answer

    return again


def kept_under_its_key(answer: Answerer) -> Answerer:
    """An answer to a body whose shape is refused before its view is reached: kept like the view's own."""

    @wraps(answer)
    def once(request: HttpRequest, refused: Exception) -> HttpResponse:
        by_a_person = isinstance(getattr(request, "auth", None), User)
        if request.method != "POST" or "Idempotency-Key" not in request.headers or not by_a_person:
            return answer(request, refused)
        try:
            kept = _claim(request, at=timezone.now())
        except Refused as refusal:
            return refusal.problem.response()
        if kept.answer:
            return _replay(kept)
        response = answer(request, refused)
        _finish(kept, status=response.status_code, answer=response.content.decode())
        return response

    return once


def _claim(request: HttpRequest, *, at: datetime) -> KeyedRequest:
    """The row of this request: running and ours, or answered already.

    Raises:
        Refused: the key is no key, was used for another body, or its first request still runs.
    """
    key, body_hash = request.headers["Idempotency-Key"], _hash(request)
    if not KEY.fullmatch(key):
        raise invalid("Idempotency-Key", "Use 1 to 255 visible ASCII characters.")
    if len(request.path) > LONGEST_PATH:
        raise Refused("not_found", "There is no such address.")
    row = KeyedRequest(
        user=person_of(request), path=request.path, key=key, body_hash=body_hash, started_at=at
    )
    if _insert(row):
        return row
    kept = KeyedRequest.objects.filter(user=row.user_id, path=row.path, key=key).first()
    return _take_over(kept, body_hash=body_hash, at=at)


def _insert(row: KeyedRequest) -> bool:
    """Write the row, committed before the work begins. True only for the first of several."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO api_keyedrequest (user_id, path, key, body_hash, started_at, running, session, answer)
            VALUES (%s, %s, %s, %s, %s, true, pg_backend_pid(), '')
            ON CONFLICT (user_id, path, key) DO NOTHING RETURNING id
            """,
            [row.user_id, row.path, row.key, row.body_hash, row.started_at],
        )
        made = cursor.fetchone()
    row.pk = made and made[0]
    return made is not None


def _take_over(kept: KeyedRequest | None, *, body_hash: str, at: datetime) -> KeyedRequest:
    """A row that was there: answered, or left behind by a request that ended without an answer."""
    if kept is None:
        raise Refused("idempotency_key_running", "This key is being forgotten. Wait.")
    expired = kept.started_at <= at - KEPT
    if kept.body_hash != body_hash and not expired:
        raise Refused("idempotency_key_reused", "This key was used for another body within a day.")
    if kept.status and not expired:
        return kept
    ended = Q(running=False, status=None)
    lost = Q(running=True) & (Q(started_at__lte=at - LONGEST_RUN) | ~Q(session__in=LIVING_SESSIONS))
    free = KeyedRequest.objects.filter(
        ended | lost | Q(started_at__lte=at - KEPT), pk=kept.pk, started_at=kept.started_at
    )
    taken = free.update(
        started_at=at, running=True, session=OUR_SESSION, status=None, answer="", body_hash=body_hash
    )
    if not taken:
        raise Refused("idempotency_key_running", "The first request with this key has not ended. Wait.")
    return KeyedRequest.objects.get(pk=kept.pk)


def _answer_once(kept: KeyedRequest, view: View, request: HttpRequest, values: dict[str, Any]) -> Any:
    """Effect and answer are committed together: without an answer there was no effect."""
    try:
        with transaction.atomic():
            answer = _as_status(view(request, **values))
            if not _finish(kept, status=answer.status_code, answer=_json(answer.value)):
                raise Refused("idempotency_key_running", "Another request took this one's place.")
        kept.running = False
    except REFUSALS as refusal:
        return _keep_refusal(kept, refusal)
    finally:
        _release(kept)
    return answer


def _keep_refusal(kept: KeyedRequest, refusal: Exception) -> HttpResponse:
    problem = problem_of_refusal(refusal)
    _finish(kept, status=problem.status, answer=json.dumps(problem.body))
    kept.running = False
    return problem.response()


def _replay(kept: KeyedRequest) -> HttpResponse:
    refused = (kept.status or 0) >= 400
    media_type = MEDIA_TYPE if refused else "application/json; charset=utf-8"
    return HttpResponse(kept.answer, status=kept.status, content_type=media_type, headers={REPLAYED: "true"})


def _marked(answer: Status, *, status: int) -> HttpResponse:
    return HttpResponse(
        _json(answer.value),
        status=status,
        content_type="application/json; charset=utf-8",
        headers={REPLAYED: "true"},
    )


def _finish(kept: KeyedRequest, *, status: int, answer: str = "") -> bool:
    """Keep the answer. False if the row was taken over meanwhile: then the effect must not stand."""
    mine = KeyedRequest.objects.filter(pk=kept.pk, started_at=kept.started_at)
    return mine.update(running=False, status=status, answer=answer) == 1


def _release(kept: KeyedRequest) -> None:
    """What ended without an answer may be tried again at once."""
    if kept.running:
        mine = KeyedRequest.objects.filter(pk=kept.pk, started_at=kept.started_at, running=True)
        mine.update(running=False)


def _as_status(answer: Any) -> Status:
    return answer if isinstance(answer, Status) else Status(200, answer)


def _json(answer: BaseModel) -> str:
    return json.dumps(answer.model_dump(), ensure_ascii=False)


def _hash(request: HttpRequest) -> str:
    """The body's, whatever its spaces and the order of its names; byte by byte if it is no JSON."""
    try:
        body = json.dumps(json.loads(request.body), sort_keys=True).encode()
    except (ValueError, RecursionError):
        body = request.body
    return hashlib.sha256(body).hexdigest()
