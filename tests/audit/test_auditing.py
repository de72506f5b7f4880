"""A look at everything, in one snapshot; wrong money stops payouts until somebody releases them."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, connections

from audit.auditing import audit_all, audit_due
from audit.invariants import INVARIANTS, LATENESSES, OF_EVERYTHING
from audit.looking import Look
from audit.models import Audit
from events.models import Event
from ledger.chart import payable, receivable
from ledger.models import Journal
from ledger.posting import Line, post_journal
from payments.completion_services.payment_completion import PaymentCompletionService
from payouts.holding import open_breaker, release_breaker
from payouts.models import Breaker, PayoutSchedule
from payouts.reserving import reserve
from tests.audit.history import live_through
from tests.cast import NOON, Cast, a_charged_payment, a_won_bid, deliver, event_of, make_cast
from tests.databases import url_of
from tests.payouts.moving import DUE, an_account, sales_of

# Nine in the morning in Stockholm: the night's look is done.
MORNING = datetime.fromisoformat("2026-12-14T09:00:00+01:00")


def spoil(statement: str) -> None:
    """As the owner of the tables, past every trigger."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE; SET session_replication_role = 'replica'")
        cursor.execute(statement)
        assert cursor.rowcount > 0
        cursor.execute("RESET session_replication_role")
    connection.close()


SPOIL = "UPDATE payments_transaction SET amount_minor = amount_minor + {} WHERE number = 1"


def numbers(at: datetime = MORNING) -> list[str]:
    return [finding.number for finding in audit_all(at=at)]


def test_where_all_holds_it_says_when_it_last_did(own_cast: Cast) -> None:
    live_through(own_cast)

    assert audit_all(at=MORNING) == []

    for kind in ("full", "fresh"):
        kept = Audit.objects.get(kind=kind)
        assert (kept.looked_at, kept.passed_at, kept.findings) == (MORNING, MORNING, {})
    assert open_breaker() is None
    assert not Event.objects.filter(kind="audit.violated").exists()


def test_wrong_money_stops_payouts_and_only_a_person_lets_them_go_on(own_cast: Cast) -> None:
    an_account(own_cast.saga)
    sales_of(own_cast, 1)
    schedule = PayoutSchedule.objects.get()
    assert numbers() == []
    spoil(SPOIL.format(1))

    (finding,) = audit_all(at=MORNING + timedelta(minutes=1))

    assert (finding.number, finding.stops_payouts, len(finding.ids)) == ("I03", True, 1)
    breaker = open_breaker()
    assert breaker is not None and finding.ids[0] in breaker.reason and finding.sentence in breaker.reason
    assert not reserve(schedule.pk, at=DUE)
    kept = Audit.objects.get(kind="full")
    assert (kept.passed_at, kept.findings) == (MORNING, {"I03": finding.ids})

    spoil(SPOIL.format(-1))
    assert numbers(MORNING + timedelta(minutes=2)) == []
    assert open_breaker() == breaker
    release_breaker(breaker, reason="The line was mended.", by=own_cast.olga, at=MORNING)
    assert reserve(schedule.pk, at=DUE)


def test_released_while_it_is_still_wrong_payouts_stop_again_at_the_next_look(own_cast: Cast) -> None:
    sales_of(own_cast, 1)
    spoil(SPOIL.format(1))
    numbers()
    breaker = Breaker.objects.get()
    release_breaker(breaker, reason="I see nothing.", by=own_cast.olga, at=MORNING)

    numbers(MORNING + timedelta(minutes=1))

    assert Breaker.objects.count() == 2 and open_breaker() not in (None, breaker)


def test_a_violation_is_told_once_however_often_it_is_seen(own_cast: Cast) -> None:
    sales_of(own_cast, 1)
    spoil(SPOIL.format(1))

    for minute in range(3):
        numbers(MORNING + timedelta(minutes=minute))

    told = Event.objects.get(kind="audit.violated")
    assert (told.subject_type, told.subject_id) == ("invariant", "I03")
    assert Breaker.objects.count() == 1


def test_what_is_late_is_told_and_stops_nothing(own_cast: Cast) -> None:
    deliver(event_of("payment_intent.created", {"id": "pi_x"}), at=NOON)

    (finding,) = audit_all(at=NOON + timedelta(minutes=11))

    assert (finding.number, finding.stops_payouts) == ("I19", False)
    assert open_breaker() is None
    assert Event.objects.filter(kind="audit.violated").count() == 1


def test_each_minute_it_looks_at_what_changed_and_each_night_at_everything(own_cast: Cast) -> None:
    live_through(own_cast)
    audit_due(at=MORNING)
    audit_due(at=MORNING + timedelta(minutes=1))
    assert dict(Audit.objects.values_list("kind", "looked_at")) == {
        "full": MORNING,
        "fresh": MORNING + timedelta(minutes=1),
    }

    audit_due(at=MORNING + timedelta(hours=17, minutes=59))
    assert Audit.objects.get(kind="full").looked_at == MORNING
    audit_due(at=MORNING + timedelta(hours=18))
    assert Audit.objects.get(kind="full").looked_at == MORNING + timedelta(hours=18)


def test_what_is_wrong_stays_found_until_everything_was_looked_at(own_cast: Cast) -> None:
    sales_of(own_cast, 1, at=MORNING)
    audit_due(at=MORNING)
    spoil(SPOIL.format(1))

    for minute in (1, 2, 30, 60):
        audit_due(at=MORNING + timedelta(minutes=minute))
        assert any(audit.findings for audit in Audit.objects.all()), minute

    spoil(SPOIL.format(-1))
    audit_due(at=MORNING + timedelta(minutes=61))
    assert not any(audit.findings for audit in Audit.objects.all())


def test_what_was_spoilt_long_ago_is_found_at_night(own_cast: Cast) -> None:
    sales_of(own_cast, 1)
    audit_due(at=MORNING)
    audit_due(at=MORNING + timedelta(minutes=1))
    spoil(SPOIL.format(1))

    audit_due(at=MORNING + timedelta(minutes=2))
    assert open_breaker() is None
    audit_due(at=MORNING + timedelta(hours=18))
    assert open_breaker() is not None


def test_a_journal_that_is_committed_after_a_younger_one_is_looked_at(own_cast: Cast) -> None:
    """Its number is lower than the newest that was seen by then."""
    audit_due(at=MORNING)
    with psycopg.connect(url_of(connection.settings_dict["NAME"])) as late:
        late.execute(f"INSERT INTO ledger_journal (key, at) VALUES ('late', '{MORNING}')")
        sales_of(own_cast, 1, at=MORNING)
        audit_due(at=MORNING + timedelta(minutes=1))
        assert open_breaker() is None

    audit_due(at=MORNING + timedelta(minutes=2))
    assert Event.objects.get(kind="audit.violated").subject_id == "I05"


def test_all_questions_are_asked_of_one_snapshot_that_nothing_is_written_in(
    own_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    how = "current_setting('transaction_isolation') || ', ' || current_setting('transaction_read_only')"

    def spying(look: Look) -> list[str]:
        """How it is looked at."""
        return look.ids(f"SELECT {how} || ', ' || pg_current_snapshot()")

    monkeypatch.setitem(INVARIANTS, "first", spying)
    monkeypatch.setitem(LATENESSES, "last", spying)
    first, last = audit_all(at=MORNING)
    assert first.ids == last.ids and first.ids[0].startswith("repeatable read, on, ")


def test_what_only_everything_shows_is_asked_at_night_and_not_each_minute(
    own_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[datetime]()

    def asking(look: Look) -> list[str]:
        """That it was asked."""
        asked.append(look.at)
        return []

    monkeypatch.setitem(OF_EVERYTHING, "asking", asking)
    for minutes in (0, 1, 18 * 60):
        audit_due(at=MORNING + timedelta(minutes=minutes))
    assert asked == [MORNING, MORNING + timedelta(hours=18)]


def test_whoever_stands_on_either_side_of_a_fresh_journal_is_looked_at(db: None) -> None:
    cast = make_cast()
    seen = Line(receivable(cast.bo.pk), "suspense", 1)
    post_journal(key="seen", currency="SEK", lines=[seen], at=NOON)
    seen_id = Journal.objects.get().pk
    credited = Line("stripe:clearing", payable(cast.saga.pk), 2)
    debited = Line(receivable(cast.mallory.pk), "stripe:clearing", 1)
    post_journal(key="fresh", currency="SEK", lines=[credited, debited], at=NOON)

    fresh = Look(NOON, since=NOON, after_journal=seen_id)
    touched = fresh.ids("SELECT id FROM people_user WHERE id IN {touched} ORDER BY id")
    assert touched == [str(cast.saga.pk), str(cast.mallory.pk)]


def test_of_many_a_hundred_are_named(db: None) -> None:
    assert len(Look(NOON).ids("SELECT generate_series(1, 150)")) == 100


def test_sales_that_are_completed_meanwhile_raise_no_alarm(own_cast: Cast) -> None:
    """Without one snapshot for all, a sale would be there for one question and not for another."""
    payments = [a_charged_payment(a_won_bid(own_cast.bo, own_cast.saga)) for _ in range(60)]

    def complete() -> None:
        try:
            for payment in payments:
                PaymentCompletionService.process_payment_completion(payment, at=MORNING)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as hand:
        completing = hand.submit(complete)
        looks = 0
        while not completing.done() or not looks:
            assert numbers() == []
            looks += 1
        completing.result()
    assert looks > 1
    assert numbers() == []


def test_the_command_says_all_holds(own_cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    live_through(own_cast)
    call_command("audit")
    assert capsys.readouterr().out == "Everything holds.\n"
    call_command("audit", "--json")
    assert json.loads(capsys.readouterr().out) == []


def test_the_command_names_what_is_wrong_and_ends_with_1(
    own_cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    sales_of(own_cast, 1)
    spoil(SPOIL.format(1))

    with pytest.raises(SystemExit) as ended:
        call_command("audit", "--json")

    (told,) = json.loads(capsys.readouterr().out)
    assert ended.value.code == 1
    assert (told["number"], len(told["ids"]), told["stops_payouts"]) == ("I03", 1, True)
    with pytest.raises(SystemExit):
        call_command("audit")
    assert told["ids"][0] in capsys.readouterr().out


def test_each_is_one_sentence(db: None) -> None:
    for number, invariant in (INVARIANTS | OF_EVERYTHING | LATENESSES).items():
        sentence = (invariant.__doc__ or "").strip()
        assert sentence.endswith(".") and "\n" not in sentence, number
