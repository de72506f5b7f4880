"""Alive and ready: a bare word each, within two seconds, whatever the database does."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from config import embedded_postgres
from payouts.holding import trip_breaker
from tests import local
from tests.databases import url_of
from tests.live import Klubba, wait_for

pytestmark = pytest.mark.xdist_group("running")


def asked() -> tuple[int, str]:
    answer = Client().get("/readyz")
    return answer.status_code, answer.content.decode()


def test_it_is_ready_also_while_payouts_are_stopped(db: None) -> None:
    trip_breaker("books", reason="Something is wrong.", at=timezone.now())

    assert asked() == (200, "ready")


def test_without_a_migration_of_this_code_it_is_not_ready_and_with_a_newer_one_it_is(
    own_database: str,
) -> None:
    with psycopg.connect(url_of(own_database), autocommit=True) as owner:
        owner.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('audit', '0999_x', now())")
        assert asked() == (200, "ready")
        owner.execute("DELETE FROM django_migrations WHERE app = 'audit' AND name LIKE '0001%'")

    assert asked() == (503, "not ready")


def test_a_database_that_takes_no_writes_is_not_enough(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL transaction_read_only = on")

    assert asked() == (503, "not ready")


def told(klubba: Klubba) -> tuple[httpx.Response, float]:
    began = time.monotonic()
    answer = local.get(f"{klubba.site}/readyz", timeout=10)
    return answer, time.monotonic() - began


@contextmanager
def silent_database(klubba: Klubba) -> Iterator[None]:
    """PostgreSQL's process for whoever asked last stands still, and says neither yes nor no."""
    with psycopg.connect(embedded_postgres.start(klubba.home)) as other:
        asked_last = "SELECT pid FROM pg_stat_activity WHERE query LIKE '%FROM django_migrations'"
        pids = [pid for (pid,) in other.execute(asked_last)]
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def test_while_the_database_is_silent_it_says_so_in_two_seconds(klubba: Klubba) -> None:
    assert told(klubba)[0].text == "ready"
    with silent_database(klubba):
        for _ in range(2):
            answer, seconds = told(klubba)
            assert (answer.status_code, answer.text, answer.headers["Retry-After"]) == (503, "not ready", "5")
            assert seconds < 3
        assert local.get(f"{klubba.site}/livez").text == "alive"

    assert wait_for(lambda: told(klubba)[0].text == "ready")


def test_it_answers_whoever_asks_by_any_name(klubba: Klubba) -> None:
    """A probe knows an address and no host."""
    answer = local.get(f"{klubba.site}/readyz", headers={"Host": "10.0.0.7"})

    assert (answer.status_code, answer.text) == (200, "ready")
