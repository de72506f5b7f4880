"""The gauges: for whom they are there, what they say, and that what is done costs them nothing."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from prometheus_client.parser import text_string_to_metric_families

from audit.models import Audit
from config.gauges import metrics_text
from config.home import PROJECT
from events.recording import record_event
from gateway.calls import write_call
from gateway.models import StripeCall
from inbox.models import Message
from notifications.models import Letter
from notifications.writing import write_letters
from payouts.holding import trip_breaker
from payouts.models import PayoutSchedule
from tests.api.asking import a_sale
from tests.cast import NOON, Cast, deliver, event_of
from treasury.differences import Difference, keep_differences

TOKEN = "a-token-of-some-length"
LATER = NOON + timedelta(days=10)


def scraped() -> dict[str, float]:
    """Each sample by its name, with its one label's value behind a colon."""
    return {
        ":".join([sample.name.removeprefix("klubba_"), *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(metrics_text(at=LATER).decode())
        for sample in family.samples
    }


@pytest.fixture
def client(settings: Any) -> Client:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, metrics_token=TOKEN)
    return Client(enforce_csrf_checks=True)


def test_who_has_the_token_reads_prometheus_text(db: None, client: Client) -> None:
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})

    assert (answer.status_code, answer.headers["Content-Type"][:10]) == (200, "text/plain")
    assert b"# HELP klubba_inbox_waiting" in answer.content
    assert client.post("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 405


@pytest.mark.parametrize(
    "sent",
    ["", TOKEN, "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", "é"],
)
def test_for_anybody_else_there_is_no_such_address(db: None, client: Client, sent: str) -> None:
    for method in ("get", "head", "post", "put", "delete", "options"):
        ask = partial(getattr(client, method), headers={"Authorization": sent} if sent else {})

        assert seen_in(ask("/metrics")) == seen_in(ask("/unknown"))


def seen_in(answer: HttpResponse) -> tuple[int, bytes, set[str]]:
    """What a stranger sees, but for the path they wrote and the random token of a form."""
    page = answer.content.replace(b"/metrics", b"/unknown")
    return answer.status_code, re.sub(rb'value="\w{64}"', b"", page), {*answer.headers}


@pytest.mark.parametrize("sent", ["Bearer None", "Bearer ", "Bearer", f"Bearer {TOKEN}"])
def test_without_a_token_there_is_no_such_address_for_anybody(db: None, settings: Any, sent: str) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, metrics_token=None)

    assert Client().get("/metrics", headers={"Authorization": sent}).status_code == 404


def test_where_nothing_has_happened_nothing_waits_and_nobody_has_looked(db: None) -> None:
    seen = scraped()

    never = {name for name, value in seen.items() if value == math.inf}
    assert never == {"audit_age_seconds:fresh", "audit_age_seconds:full", "webhook_age_seconds"}
    assert {value for name, value in seen.items() if name not in never} == {0}


def test_messages_that_wait_and_that_were_set_aside(db: None) -> None:
    old, young = LATER - timedelta(minutes=7), LATER - timedelta(minutes=2)
    deliver(event_of("thing.told", {"id": "a"}), at=old)
    deliver(*(event_of("thing.told", {"id": str(i)}) for i in range(4)), at=young)
    stopped, dead, done = Message.objects.order_by("-pk")[:3]
    for message, state in ((stopped, "quarantined"), (dead, "dead"), (done, "handled")):
        Message.objects.filter(pk=message.pk).update(state=state, handled_at=LATER)

    seen = scraped()
    assert (seen["inbox_waiting"], seen["inbox_oldest_seconds"]) == (2, 420)
    assert seen["inbox_set_aside"] == 2
    assert seen["webhook_age_seconds"] == 120


def test_letters_that_wait(cast: Cast) -> None:
    a_sale(cast.bo, cast.saga)
    write_letters(at=LATER - timedelta(minutes=30))
    assert Letter.objects.count() == 4
    first = Letter.objects.earliest("pk")
    Letter.objects.filter(pk=first.pk).update(state="sent", sent_at=LATER)

    seen = scraped()
    assert (seen["letters_waiting"], seen["letters_oldest_seconds"]) == (3, 1800)


def test_calls_that_stripe_did_not_answer(db: None) -> None:
    for i, state in enumerate(("unknown", "sent", "intent", "refused")):
        call = write_call(purpose="account", object_type="seller", object_id=i, params={}, at=NOON)
        sent_at = None if state == "intent" else LATER - timedelta(minutes=10 - i)
        StripeCall.objects.filter(pk=call.pk).update(state=state, first_sent_at=sent_at)

    seen = scraped()
    assert (seen["calls_unknown"], seen["calls_unknown_oldest_seconds"]) == (2, 600)


def test_payouts_that_are_due_and_have_not_left(cast: Cast) -> None:
    a_sale(cast.bo, cast.saga)
    schedule = PayoutSchedule.objects.get()
    due_on = LATER.date()
    PayoutSchedule.objects.update(scheduled_date=due_on + timedelta(days=1))
    assert scraped()["payouts_due:scheduled"] == 0

    PayoutSchedule.objects.update(scheduled_date=due_on)
    assert scraped()["payouts_due:scheduled"] == 1
    PayoutSchedule.objects.filter(pk=schedule.pk).update(state="held", is_closed=True)
    seen = scraped()
    assert (seen["payouts_due:scheduled"], seen["payouts_due:held"]) == (0, 1)


def test_a_breaker_that_is_open(cast: Cast) -> None:
    trip_breaker("books", reason="Something is wrong.", at=NOON)

    assert scraped()["breaker_open"] == 1


def test_when_somebody_looked_and_what_is_broken(db: None) -> None:
    looked = {"took_ms": 1, "journal_id": 0, "earlier_journal_id": 0}
    for kind, minutes, findings in (
        ("fresh", 1, {"I01": ["1", "2"]}),
        ("full", 60, {"I01": ["1"], "L6": ["t"]}),
    ):
        at = LATER - timedelta(minutes=minutes)
        Audit.objects.create(kind=kind, looked_at=at, findings=findings, **looked)

    seen = scraped()
    assert (seen["audit_age_seconds:fresh"], seen["audit_age_seconds:full"]) == (60, 3600)
    assert seen["audit_broken"] == 2


def test_a_webhook_that_is_silent(db: None) -> None:
    told = {"kind": "webhook.silent", "subject_type": "endpoint", "subject_id": "platform"}
    record_event(told.pop("kind"), **told, at=LATER - timedelta(hours=1), details={"missed": 3})

    assert scraped()["webhook_silent"] == 1


def test_differences_from_stripe_by_kind(db: None) -> None:
    for minutes, (kind, id) in enumerate((("unknown", "ch_1"), ("unknown", "ch_2"), ("fee", "txn_1"))):
        told = {"currency": "SEK", "expected_minor": 0, "found_minor": 5, "made_at": NOON}
        found = Difference(kind=kind, object_type="charge", object_id=id, **told)
        keep_differences([], [found], at=LATER - timedelta(minutes=10 - minutes))
    keep_differences([("charge", "txn_1")], [], at=LATER)

    seen = scraped()
    assert (seen["breaks_open:unknown"], seen["breaks_oldest_seconds:unknown"]) == (2, 600)
    assert (seen["breaks_open:fee"], seen["breaks_oldest_seconds:fee"]) == (0, 0)


SERVING = {
    "message_waiting",
    "message_stopped",
    "inbox_message_pkey",
    "letter_waiting",
    "call_in_doubt",
    "schedule_due",
    "schedule_under_way",
    "event_by_subject",
    "break_open",
}


def test_what_is_done_costs_nothing(own_cast: Cast) -> None:
    """The statements are as many as ever, and each reads an index of what is not done.

    In tables of its own: what other tests left behind would sway the plans.
    """
    with CaptureQueriesContext(connection) as empty:
        scraped()
    a_sale(own_cast.bo, own_cast.saga)
    deliver(*(event_of("thing.told", {"id": str(i)}) for i in range(20)))
    with CaptureQueriesContext(connection) as full:
        scraped()

    assert len(full) == len(empty) <= 12
    assert used_indexes(full) >= SERVING


def used_indexes(asked: CaptureQueriesContext) -> set[str]:
    """Of the statements' plans, where reading whole tables is the last resort."""
    found = set()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for statement in [one["sql"] for one in asked.captured_queries]:
            cursor.execute(f"EXPLAIN {statement}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
            found |= set(re.findall(r"(?:using|Index Scan on) (\w+)", plan))
    return found


def test_each_gauge_is_in_the_operators_table(db: None) -> None:
    told = (PROJECT / "docs" / "operating.md").read_text()

    assert [name for name in scraped() if f"`{name.partition(':')[0]}" not in told] == []
