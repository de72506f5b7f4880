"""Each invariant holds where everything has happened, and finds the row that was made to break it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from audit.auditing import sentence_of
from audit.heads import seal_due
from audit.invariants import INVARIANTS, LATENESSES, OF_EVERYTHING
from audit.looking import Look
from config.home import PROJECT
from tests.audit.history import live_through
from tests.audit.sabotages import SABOTAGES, Sabotage
from tests.cast import NOON, make_cast
from tests.databases import copied_database, past_every_trigger, pointed_at

ALL = INVARIANTS | OF_EVERYTHING | LATENESSES
NOW = NOON + timedelta(days=25)


@pytest.fixture(scope="module")
def lived(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """The history, committed once in a database of this file's own, sealed, and the head exported."""
    heads = tmp_path_factory.mktemp("exported") / "heads"
    with django_db_blocker.unblock(), copied_database() as name, pointed_at(name):
        live_through(make_cast())
        while seal_due(heads, at=NOON):
            pass
        with override_settings(SEAL_HEADS=heads):
            yield


@pytest.fixture
def spoilt(lived: None) -> Iterator[None]:
    """What is broken here is whole again afterwards. As its owner: whoever can do this can do anything."""
    with past_every_trigger():
        yield


@pytest.mark.parametrize("number", ALL)
def test_it_holds(number: str, spoilt: None) -> None:
    assert ALL[number](Look(NOW)) == []


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda sabotage: sabotage.number)
def test_it_finds_what_breaks_it(sabotage: Sabotage, spoilt: None) -> None:
    with connection.cursor() as cursor:
        if sabotage.loosened:
            cursor.execute(sabotage.loosened)
        cursor.execute(sabotage.statement)
        assert cursor.rowcount > 0

    assert ALL[sabotage.number](Look(NOW)) != []


def test_every_invariant_has_its_sabotage() -> None:
    assert {sabotage.number for sabotage in SABOTAGES} == set(ALL)


def test_the_page_of_the_docs_tells_them_all() -> None:
    told = re.findall(
        r"^\| ([A-Z]\w+) \| (.+) \|$", (PROJECT / "docs" / "audit.md").read_text(), re.MULTILINE
    )
    assert told == [(number, sentence_of(invariant)) for number, invariant in ALL.items()]


@pytest.mark.parametrize("kind", ["amount", "unknown", "missing_event", "fee", "timing"])
def test_a_difference_from_stripe_has_an_hour(spoilt: None, kind: str) -> None:
    """And one that may still come right by itself is never one."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE treasury_break SET resolved_at = NULL WHERE object_id LIKE '%%_gone'")
        cursor.execute("UPDATE treasury_break SET kind = %s", [kind])
    broken = {
        minutes: [n for n in ALL if n[0] == "O" and ALL[n](Look(NOON + timedelta(minutes=minutes)))]
        for minutes in (60, 61)
    }

    wrong_money = ["O01", "O02", "O05c", "O06"]
    late = {"amount": wrong_money, "unknown": wrong_money, "timing": []}.get(kind, ["O08"])
    assert broken == {60: [], 61: late}


def test_a_look_at_what_changed_asks_only_of_sellers_whose_accounts_moved(spoilt: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ledger_account SET balance_minor = balance_minor + 1 WHERE code LIKE '%:payable'"
        )
        cursor.execute("SELECT max(id) FROM ledger_journal")
        (newest,) = cursor.fetchone()

    assert ALL["L1"](Look(NOW, since=NOON, after_journal=0)) != []
    assert ALL["L1"](Look(NOW, since=NOON, after_journal=newest)) == []
