"""The drill: what a dump brings back is audited, replayed from Stripe, and equal to Stripe's own record."""

from __future__ import annotations

import ast
import os
import re
import signal
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connections
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from audit.invariants import INVARIANTS, OF_EVERYTHING
from audit.models import Seal
from config.drill import drilling
from config.drill.drilling import run_drill
from config.drill.scratch import ENDINGS, THE_DRILL
from config.drill.verdicts import DrillFailed, DrillRefused
from config.home import PROJECT
from config.lever import INTERRUPTED, REFUSED, pull
from events.models import Event
from gateway.client import stripe_client
from ledger.balances import balance_minor
from ledger.models import Journal
from notifications.models import Letter
from payments.models import PaymentIntent
from payouts.models import PayoutAttempt, PayoutItem
from tests import local
from tests.browser.sandbox_process import run_sandbox
from tests.cast import make_cast
from tests.chaos.verdict import journal_of
from tests.config.backup import Backup, a_backup
from tests.databases import copied_database, drop, pointed_at
from tests.live import wait_for
from tests.payouts.wire import at_noon

pytestmark = pytest.mark.xdist_group("drill")

PART_MINOR = 1_023_000
EVERYTHING_SENT = {"method": "POST", "path": "/v1/*", "kind": "delay", "delay_ms": 0}


@pytest.fixture(scope="module")
def backup(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Backup]:
    """A dump, and what has happened since; what Stripe knows of that nobody has heard."""
    folder = tmp_path_factory.mktemp("backup")
    with (
        django_db_blocker.unblock(),
        run_sandbox(folder) as sandbox,
        copied_database() as name,
        pointed_at(name),
        override_settings(STRIPE_API_BASE=sandbox.origin, SEAL_HEADS=folder / "heads"),
    ):
        stripe_client.cache_clear()
        wire = at_noon(sandbox, make_cast())
        wire.onboard(wire.cast.saga)
        made = a_backup(wire, name=name, folder=folder)
        yield made
        drop_all_beside(made)
    stripe_client.cache_clear()


@dataclass
class Held:
    """A drill that was held: what it said, its copy, and how many calls it sent while Stripe counted."""

    said: list[str]
    kept: str
    sent: int
    stood: tuple[object, ...]


@pytest.fixture(scope="module")
def held(backup: Backup) -> Iterator[Held]:
    """By somebody who may make databases and act as our role, and has nothing else."""
    stood = everything(backup)
    with a_role("CREATEDB", member=True) as driller, faulty(backup, EVERYTHING_SENT) as told:
        said: list[str] = []
        try:
            run_drill(url_as(driller, backup), say=said.append, dump=backup.dump, keep=True)
            (kept,) = backup.databases_beside()
            yield Held(said, kept, told()["rules"][0]["seen"], stood)
        finally:
            drop_all_beside(backup)


def drop_all_beside(backup: Backup) -> None:
    """What a failed test has left, too: a role that owns one could not be dropped."""
    for name in backup.databases_beside():
        drop(name)


@contextmanager
def a_role(*powers: str, member: bool = False) -> Iterator[str]:
    """Somebody who may sign in."""
    name = f"driller_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as owner:
        owner.execute(f"CREATE ROLE {name} LOGIN {' '.join(powers)}")
        if member:
            owner.execute(f"GRANT klubba_app TO {name}")
        try:
            yield name
        finally:
            owner.execute(f"DROP ROLE {name}")


def url_as(role: str, backup: Backup) -> str:
    return backup.url.replace("klubba@", f"{role}@")


@contextmanager
def faulty(backup: Backup, rule: dict[str, object]) -> Iterator[object]:
    address = f"{backup.wire.sandbox.origin}/sandbox/faults"
    local.put(address, json={"seed": 1, "rules": [rule]}).raise_for_status()
    yield lambda: local.get(address).json()
    local.delete(address).raise_for_status()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody sells meanwhile, so there is nothing to wait for between two rounds."""
    monkeypatch.setattr(drilling, "REST_SECONDS", 0)


def everything(backup: Backup) -> tuple[object, ...]:
    """Where Stripe stands, and where the database that was dumped does."""
    journal = local.get(f"{backup.wire.sandbox.origin}/sandbox/journal").text
    return journal, ours(), Event.objects.count(), Letter.objects.count()


def copies_beside(backup: Backup) -> list[str]:
    """Those that nobody asked to keep."""
    return [name for name in backup.databases_beside() if "_drill_" in name]


def ours() -> tuple[object, ...]:
    paid = PaymentIntent.objects.filter(status="succeeded", outcome="sale")
    transferred = PayoutItem.objects.exclude(stripe_transfer_id=None)
    return (
        set(paid.values_list("stripe_charge_id", "total_minor")),
        set(transferred.values_list("stripe_transfer_id", "net_minor")),
        set(PayoutAttempt.objects.values_list("stripe_payout_id", "amount_minor", "state")),
    )


def at_stripe(backup: Backup) -> tuple[object, ...]:
    """The sandbox's own record of money, less the sale that no dump can know."""
    origin, unknown = backup.wire.sandbox.origin, backup.unknown.stripe_payment_intent_id
    charged = [one for one in journal_of(origin, "charge") if one["status"] == "succeeded"]
    return (
        {(one["id"], one["amount"]) for one in charged if one["payment_intent"] != unknown},
        {(one["id"], one["amount"]) for one in journal_of(origin, "transfer")},
        {(one["id"], one["amount"], one["status"]) for one in journal_of(origin, "payout")},
    )


def test_restored_and_replayed_the_copy_is_equal_to_stripes_record(backup: Backup, held: Held) -> None:
    with pointed_at(held.kept):
        assert ours() == at_stripe(backup)
        assert [len(part) for part in ours()] == [3, 1, 1]
        assert {state for *_, state in ours()[2]} == {"paid"}
        assert balance_minor(f"seller:{backup.wire.cast.saga.pk}:payable") == 2 * PART_MINOR
        assert Seal.objects.filter(source="journal").count() == Journal.objects.count()


def test_nothing_is_sent_no_letter_is_written_and_only_the_copy_has_changed(
    backup: Backup, held: Held
) -> None:
    assert held.sent == 0
    assert everything(backup) == held.stood
    letters = Letter.objects.count()
    with pointed_at(held.kept):
        assert Event.objects.filter(kind="payment.completed").count() == 3
        assert Letter.objects.count() == letters > 0


def test_it_says_each_step_with_its_seconds_and_names_what_no_dump_can_know(
    backup: Backup, held: Held
) -> None:
    assert [line.split(" s  ")[0].strip().replace(".", "").isdigit() for line in held.said] == [True] * 8
    dump, restored, audited, replayed, equal, later, again, kept = [
        line.split("  ")[-1] for line in held.said
    ]
    assert dump.startswith(f"{backup.dump}, ")
    assert restored.startswith(f"restored into {backup.name}_drill_")
    hold = f"{len(INVARIANTS | OF_EVERYTHING)} sentences hold"
    assert audited == f"audited: {hold}"
    assert replayed == "replayed from Stripe: 8 new events, 2 new movements"
    assert equal.startswith("equal to Stripe: 3 charges, and a balance of ")
    (charge,) = backup.wire.sandbox.charges_of(backup.unknown.stripe_payment_intent_id or "")
    assert later.endswith(f"only the archived log can have it: charge {charge['id']} of 11000.00 SEK")
    assert again.startswith("audited again, ") and again.endswith(hold)
    assert kept == f"the copy is kept as {held.kept}"


ALTERED = {
    "I24": "UPDATE ledger_posting SET amount_minor = amount_minor + 1 WHERE id = 1",
    "I03": "UPDATE payments_transaction SET amount_minor = amount_minor + 1 WHERE number = 1",
}


def test_rows_that_were_altered_in_the_dump_are_named_and_the_command_fails(
    backup: Backup, heard: None, capsys: pytest.CaptureFixture[str]
) -> None:
    altered = backup.dump_with(*ALTERED.values())

    with override_settings(DATABASE_URL=backup.url), pytest.raises(SystemExit) as ended:
        pull(["manage.py", "drill", "--from", str(altered)])

    assert ended.value.code == 1
    complaint = capsys.readouterr().err
    assert (
        complaint.startswith("The drill does not hold. ") and "I24 does not hold for posting 1: " in complaint
    )
    assert set(ALTERED) <= set(re.findall(r"(\w+) does not hold for", complaint))
    assert copies_beside(backup) == []


def test_a_charge_that_cannot_be_brought_back_is_named(backup: Backup) -> None:
    """The payment stands in the dump with another amount than was charged, and so no message is believed."""
    altered = backup.dump_with(
        "UPDATE payments_paymentintent SET total_minor = total_minor + 1, seller_minor = seller_minor + 1"
        f" WHERE id = '{backup.begun.pk}'"
    )
    (charge,) = backup.wire.sandbox.charges_of(backup.begun.stripe_payment_intent_id or "")

    unheard = f"No payment of ours succeeded by the charge {charge['id']} of "
    with pytest.raises(DrillFailed, match=unheard):
        backup.drill(altered)


def test_a_dump_that_is_not_whole_and_what_is_none_is_told_in_a_sentence(
    backup: Backup, tmp_path: Path
) -> None:
    whole = backup.dump.read_bytes()
    for content in (whole[: len(whole) // 2], b"CREATE TABLE x ();"):
        (tmp_path / "broken.dump").write_bytes(content)
        with pytest.raises(DrillFailed, match="The dump cannot be restored: pg_restore: error: "):
            backup.drill(tmp_path)
    assert copies_beside(backup) == []


def test_where_there_is_no_dump_a_sentence_says_so(backup: Backup, tmp_path: Path) -> None:
    for named in (tmp_path, tmp_path / "none.dump"):
        with pytest.raises(DrillRefused, match=r"There is no|is not there"):
            backup.drill(named)


def test_two_drills_of_one_database_do_not_run_at_once(backup: Backup) -> None:
    with psycopg.connect(backup.url, autocommit=True) as another:
        another.execute("SELECT pg_advisory_lock(%s)", [THE_DRILL])
        with pytest.raises(DrillRefused, match=f"Another drill of {backup.name} runs"):
            backup.drill(backup.dump)


def test_who_may_not_make_databases_or_act_as_our_role_is_told_so(backup: Backup) -> None:
    with a_role() as nobody, pytest.raises(DrillRefused, match=f"{nobody} may not make databases"):
        run_drill(url_as(nobody, backup), say=print, dump=backup.dump)
    with a_role("CREATEDB") as stranger, pytest.raises(DrillRefused, match=f"GRANT klubba_app TO {stranger}"):
        run_drill(url_as(stranger, backup), say=print, dump=backup.dump)


# What makes something at Stripe, or writes or sends a letter.
SENDERS = (
    "django.core.mail",
    "notifications",
    "payments.deadlines",
    "payments.initiation",
    "payouts.onboarding",
    "payouts.processors",
    "payouts.reversing",
    "payouts.sending",
    "payouts.transferring",
    "treasury.platform",
    "treasury.polling",
    "treasury.sweeping",
)


def test_nobody_who_sends_is_called_by_the_drill() -> None:
    drills = [*(PROJECT / "config" / "drill").glob("*.py"), PROJECT / "config/management/commands/drill.py"]
    named = {
        node.module
        for path in drills
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module
    }

    assert "treasury.missed_events" in named
    assert [module for module in named if module.startswith(SENDERS)] == []


@pytest.fixture
def heard() -> Iterator[None]:
    """What this process does when it is told to end is afterwards what it was."""
    before = {sign: signal.getsignal(sign) for sign in ENDINGS}
    yield
    for sign, handler in before.items():
        signal.signal(sign, handler)


@contextmanager
def in_the_middle(backup: Backup) -> Iterator[tuple[int, str]]:
    """The command in a process of its own, while it restores; its number, and its copy's name."""
    with override_settings(DATABASE_URL=backup.url):
        connections.close_all()
        running = os.fork()
        if running == 0:
            _drill_and_end(backup)
        try:
            (copy,) = wait_for(lambda: copies_beside(backup))
            yield running, copy
        finally:
            os.kill(running, signal.SIGKILL)
            os.waitpid(running, 0)


def _drill_and_end(backup: Backup) -> None:
    """The process's whole life: it never returns into the test."""
    try:
        stripe_client.cache_clear()
        os._exit(pull(["manage.py", "drill", "--from", str(backup.dump)]))
    finally:
        os._exit(99)


def test_ended_by_hand_in_the_middle_it_leaves_nothing_behind(backup: Backup) -> None:
    with in_the_middle(backup) as (running, copy):
        os.kill(running, signal.SIGINT)
        ended = wait_for(lambda: os.waitid(os.P_PID, running, os.WEXITED | os.WNOHANG | os.WNOWAIT))
        assert (ended.si_code, ended.si_status) == (os.CLD_EXITED, INTERRUPTED)

        assert copy not in backup.databases_beside()


def test_killed_it_leaves_a_copy_that_the_next_one_names_and_drops(
    backup: Backup, heard: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """The next one takes a dump of its own, in which there is what the other could not know."""
    with in_the_middle(backup) as (_, left):
        pass
    assert left in backup.databases_beside()

    with override_settings(DATABASE_URL=backup.url):
        assert pull(["manage.py", "drill"]) == 0

    said = capsys.readouterr().out
    assert "a dump is taken, " in said and "equal to Stripe: 4 charges" in said
    assert f"{left} was left behind by a drill that was killed, and is dropped" in said
    assert said.endswith(" is dropped\nThe drill holds.\n")
    assert copies_beside(backup) == []


def test_whoever_is_told_to_end_ends_as_by_hand(heard: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert pull(["manage.py", "drill", "--from", "/nowhere"]) == REFUSED

    assert capsys.readouterr().err == "/nowhere is not there, or may not be read.\n"
    assert {signal.getsignal(sign) for sign in ENDINGS} == {signal.default_int_handler}
