"""Every row of the books and the diary gets its seal, in the order of transactions, behind none that runs."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from django.db import connection, connections

from audit.heads import seal_due
from audit.looking import Look
from audit.models import Seal
from audit.of_seals import row_behind_the_head_is_sealed, row_is_sealed_soon, sealed_row_is_as_it_was
from audit.sealing import SET_SIZE, hash_of, seal_rows
from events.models import Event
from events.recording import draft_event, record_event, record_events
from ledger.models import Journal, Posting
from ledger.posting import Line, post_journal
from tests.cast import NOON, Cast
from tests.databases import copied_database, url_of
from tests.payouts.moving import sales_of

EVERYTHING = Look(NOON)
A_LINE = """
    INSERT INTO events_event (id, kind, at, subject_type, subject_id, audience, details)
    VALUES ({}, 'payment.noted', now(), 'payment', '1', '{{}}', '{{}}')"""


@pytest.fixture
def another(own_database: str) -> Iterator[psycopg.Connection]:
    """Somebody else who writes, in a transaction that ends when the test says so."""
    with psycopg.connect(url_of(own_database)) as other:
        other.execute("SET ROLE klubba_app")
        other.commit()
        yield other


def note(text: str) -> Event:
    return record_event("payment.noted", subject_type="payment", subject_id=text, at=NOON)


def sealed_events() -> list[int]:
    return list(Seal.objects.filter(source="event").order_by("pk").values_list("row_id", flat=True))


def all_is_well() -> bool:
    return sealed_row_is_as_it_was(EVERYTHING) == row_behind_the_head_is_sealed(EVERYTHING) == []


def test_every_row_is_sealed_once_and_then_nothing_is_left(own_cast: Cast) -> None:
    sales_of(own_cast, 3)
    rows = {
        *(("event", pk) for pk in Event.objects.values_list("pk", flat=True)),
        *(("journal", pk) for pk in Journal.objects.values_list("pk", flat=True)),
        *(("posting", pk) for pk in Posting.objects.values_list("pk", flat=True)),
    }

    assert seal_rows() == len(rows)
    assert seal_rows() == 0
    assert set(Seal.objects.values_list("source", "row_id")) == rows
    assert sorted(Seal.objects.values_list("pk", flat=True)) == list(range(1, len(rows) + 1))
    assert all_is_well()


def test_sets_of_any_size_make_the_same_chain(own_cast: Cast) -> None:
    """A set may end in the middle of a transaction, and of each of the three tables."""
    sales_of(own_cast, 2)
    connection.close()
    with psycopg.connect(url_of(connection.settings_dict["NAME"])) as looking:
        whole = "SELECT array_agg(source || row_id || encode(hash, 'hex') ORDER BY id) FROM audit_seal"
        chains = []
        for limit in (1_000, 1, 7):
            while seal_rows(limit=limit):
                pass
            chains.append(looking.execute(whole).fetchone())
            looking.execute("SET LOCAL session_replication_role = 'replica'; DELETE FROM audit_seal")
            looking.commit()
    assert chains[0] == chains[1] == chains[2] != (None,)


def test_a_seal_is_the_hash_of_the_one_before_and_its_row() -> None:
    first = hash_of(b"", written_in=7, canonical='["event", 1]')

    assert first.hex() == "5c6c98497d9623870a9b3954b9cf53e554dce4d7b1298f5df8d9b5131a50a46b"
    assert hash_of(first, written_in=7, canonical='["event", 1]') != first
    assert hash_of(b"", written_in=8, canonical='["event", 1]') != first


def test_what_was_begun_earlier_and_committed_later_does_not_slip_under_the_head(
    another: psycopg.Connection,
) -> None:
    another.execute(A_LINE.format(1_000))
    later = note("later")

    assert seal_rows() == 0
    another.commit()

    assert seal_rows() == 2
    assert sealed_events() == [1_000, later.pk]
    assert all_is_well()


def test_a_lower_number_in_a_later_transaction_does_not_slip_under_the_head(
    another: psycopg.Connection,
) -> None:
    """Whoever is given a number may be given a transaction only after others have committed."""
    (number,) = another.execute("SELECT nextval('events_event_id_seq')").fetchone()
    another.commit()
    higher = note("higher")
    assert seal_rows() == 1

    another.execute(A_LINE.format(number))
    another.commit()

    assert number < higher.pk
    assert seal_rows() == 1
    assert sealed_events() == [higher.pk, number]
    assert all_is_well()


def test_what_was_rolled_back_holds_up_nothing(another: psycopg.Connection) -> None:
    another.execute(A_LINE.format(1_000))
    line = note("stays")
    another.rollback()

    assert seal_rows() == 1
    assert sealed_events() == [line.pk]


def test_a_line_written_in_a_savepoint_is_sealed_with_its_transaction(another: psycopg.Connection) -> None:
    another.execute(A_LINE.format(1_000))
    another.execute("SAVEPOINT inner_one")
    another.execute(A_LINE.format(1_001))
    another.execute("RELEASE inner_one")
    assert seal_rows() == 0
    another.commit()

    assert seal_rows() == 2
    assert sealed_events() == [1_000, 1_001]


def test_a_transaction_in_another_database_holds_up_nothing(own_database: str) -> None:
    with copied_database() as stranger, psycopg.connect(url_of(stranger)) as elsewhere:
        elsewhere.execute(A_LINE.format(1))
        note("here")

        assert seal_rows() == 1


def test_two_at_once_make_one_chain(own_database: str) -> None:
    record_events(
        [draft_event("payment.noted", subject_type="payment", subject_id=n, at=NOON) for n in range(600)]
    )

    def seal_all() -> int:
        try:
            sealed = 0
            while Seal.objects.count() < 600:
                sealed += seal_rows(limit=7)
            return sealed
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as hands:
        each = [hands.submit(seal_all) for _ in range(2)]
        done = [one.result() for one in each]

    assert sum(done) == 600
    assert sealed_events() == sorted(sealed_events())
    assert all_is_well()


def test_a_worker_is_told_of_more_only_when_a_set_was_full(own_database: str, tmp_path: Path) -> None:
    record_events(
        [
            draft_event("payment.noted", subject_type="payment", subject_id=n, at=NOON)
            for n in range(SET_SIZE + 1)
        ]
    )
    heads = tmp_path / "heads"

    assert seal_due(heads, at=NOON) == SET_SIZE
    assert seal_due(heads, at=NOON) == 0
    assert Seal.objects.count() == SET_SIZE + 1


def test_what_stood_there_before_there_were_seals_comes_first(another: psycopg.Connection) -> None:
    another.execute("RESET ROLE")
    another.execute(
        """
        INSERT INTO events_event (id, kind, at, subject_type, subject_id, audience, details, written_in)
        VALUES (77, 'payment.noted', now(), 'payment', '1', '{}', '{}', 0)"""
    )
    another.commit()
    post_journal(
        key="payment:1", currency="SEK", lines=[Line("stripe:clearing", "platform:commission", 5)], at=NOON
    )

    assert seal_rows() == 3
    first = Seal.objects.get(pk=1)
    assert (first.source, first.row_id) == ("event", 77)
    assert all_is_well()


def test_what_waits_longer_than_two_minutes_is_late(another: psycopg.Connection) -> None:
    line = note("fresh")
    assert row_is_sealed_soon(EVERYTHING) == []

    another.execute("RESET ROLE; SET LOCAL session_replication_role = 'replica'")
    another.execute("UPDATE events_event SET written_at = now() - interval '121 seconds'")
    another.commit()
    assert row_is_sealed_soon(EVERYTHING) == [f"event {line.pk}"]

    seal_rows()
    assert row_is_sealed_soon(EVERYTHING) == []


def test_the_role_may_read_and_add(another: psycopg.Connection) -> None:
    held = """
        SELECT array_agg(privilege_type::text ORDER BY privilege_type)
        FROM information_schema.role_table_grants
        WHERE table_name = 'audit_seal' AND grantee IN ('klubba_app', 'PUBLIC')"""

    assert another.execute(held).fetchone() == (["INSERT", "SELECT"],)
