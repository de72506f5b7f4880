"""The head of the chain leaves the database every ten minutes, and is told as it was."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, connections

from audit.auditing import audit_all
from audit.heads import export_head, heads_exported, last_head
from audit.sealing import chain_head, seal_rows
from config.worker import DUTIES
from events.recording import record_event
from tests.cast import NOON


@pytest.fixture
def heads(own_database: str, tmp_path: Path) -> Path:
    return tmp_path / "not there yet" / "heads"


def note_and_seal() -> None:
    record_event("payment.noted", subject_type="payment", subject_id=1, at=NOON)
    assert seal_rows() == 1


def test_a_line_every_ten_minutes_while_there_is_something_new(heads: Path) -> None:
    assert not export_head(heads, at=NOON)
    note_and_seal()

    assert export_head(heads, at=NOON)
    note_and_seal()
    assert not export_head(heads, at=NOON + timedelta(minutes=9, seconds=59))
    assert export_head(heads, at=NOON + timedelta(minutes=10))
    assert not export_head(heads, at=NOON + timedelta(minutes=30))

    first, second = heads_exported(heads, newest_only=False)
    assert (first.at, first.seal_id) == (NOON, 1)
    assert (second.seal_id, second.hash) == (2, bytes(chain_head().hash).hex())
    assert last_head(heads) == second


def test_a_line_whose_writer_died_tells_nothing_and_the_next_is_told(heads: Path) -> None:
    note_and_seal()
    export_head(heads, at=NOON)
    with open(heads, "a") as file:
        file.write("2026-11-23T11:10:00+00:00 2 00ff")

    assert [head.seal_id for head in heads_exported(heads, newest_only=False)] == [1]


def test_of_a_long_file_the_end_is_enough(tmp_path: Path) -> None:
    file = tmp_path / "heads"
    line = "2026-11-23T11:00:00+00:00 {} " + "0" * 64 + "\n"
    file.write_text("".join(line.format(n) for n in range(1, 5_001)))

    newest = [head.seal_id for head in heads_exported(file, newest_only=True)]

    assert newest[-1] == 5_000 and 144 < len(newest) < 500
    assert newest == list(range(newest[0], 5_001))
    assert len(heads_exported(file, newest_only=False)) == 5_000


def test_where_no_file_is_nothing_was_exported(tmp_path: Path) -> None:
    assert last_head(tmp_path / "heads") is None


def test_the_workers_duty_seals_and_tells_the_head(heads: Path, settings: object) -> None:
    settings.SEAL_HEADS = heads  # type: ignore[attr-defined]
    record_event("payment.noted", subject_type="payment", subject_id=1, at=NOON)

    assert DUTIES["seal"].do(NOON, threading.Event()) == 0

    assert [head.seal_id for head in heads_exported(heads, newest_only=True)] == [1]
    assert 1 <= DUTIES["seal"].rest_seconds <= 5


def test_a_head_that_is_told_during_a_look_raises_no_alarm(heads: Path, settings: object) -> None:
    """Who looks sees the database as it was before, and the file as it is."""
    settings.SEAL_HEADS = heads  # type: ignore[attr-defined]
    record_event("payment.noted", subject_type="payment", subject_id=1, at=NOON)

    def seal_and_tell() -> None:
        try:
            assert seal_rows() == 1
            assert export_head(heads, at=NOON)
        finally:
            connections.close_all()

    def behind_the_first_question(execute, sql: str, *rest):  # type: ignore[no-untyped-def]
        answer = execute(sql, *rest)
        if "ledger_journal" in sql and last_head(heads) is None:
            with ThreadPoolExecutor(1) as another:
                another.submit(seal_and_tell).result()
        return answer

    with connection.execute_wrapper(behind_the_first_question):
        assert audit_all(at=NOON + timedelta(seconds=1)) == []

    assert last_head(heads) is not None
    assert audit_all(at=NOON + timedelta(seconds=2)) == []
