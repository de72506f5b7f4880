"""A short run of `make chaos`: nothing lost, nothing twice, whatever dies, repeats, arrives late or lies."""

from __future__ import annotations

import sys
from pathlib import Path

import psycopg
import pytest
from pytest_django import DjangoDbBlocker

from config import embedded_postgres
from tests.chaos.story import play, sell
from tests.chaos.trouble import MET
from tests.chaos.verdict import Verdict
from tests.databases import pointed_at_server
from tests.live import Klubba, running_klubba

pytestmark = pytest.mark.xdist_group("chaos")
PAYMENTS, SEED = 1_000, 7
NAIVE_SITE = "import config.asgi; from tests.chaos.naive_site import serve; serve()"
UNGUARDED = """
    DROP INDEX one_commission_and_one_payout;
    ALTER TABLE payouts_earning DROP CONSTRAINT payouts_earning_payment_id_key;
    DROP TRIGGER payment_guarded ON payments_paymentintent
"""


def test_nothing_is_lost_and_nothing_happens_twice(
    tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    said: list[str] = []
    with running_klubba(tmp_path / "home") as klubba, django_db_blocker.unblock():
        outcome = play(klubba, payments=PAYMENTS, seed=SEED, say=said.append)

    told = "\n".join([*said, outcome.line()])
    assert outcome.verdict.is_clean, told
    assert outcome.verdict.payments >= PAYMENTS
    assert min(outcome.kills[kind] for kind in (*MET, "payout runner")) >= 1, told
    assert min(outcome.fired[kind] for kind in ("reset_before", "reset_after", "429", "500_after")) >= 1, told


class Naive(Klubba):
    """Completed inside the webhook; the worker drains nothing of it and asks Stripe for nothing it missed."""

    def _programs(self) -> dict[str, tuple[list[str], str | None]]:
        programs = super()._programs()
        work, _ = programs["worker"]
        _, health_url = programs["web"]
        return programs | {
            "worker": ([*work, "--only", "drain,close,letters,expire"], None),
            "web": ([sys.executable, "-c", NAIVE_SITE], health_url),
        }


def test_what_is_built_in_a_hurry_does_not_pass(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> None:
    """The test above has teeth: without inbox, lock, key and constraint sales are lost, and made twice."""
    verdict, said = Verdict(), list[str]()
    with running_klubba(tmp_path / "home", build=Naive) as klubba, django_db_blocker.unblock():
        url = embedded_postgres.start(klubba.home)
        with psycopg.connect(url) as owner:
            owner.execute(UNGUARDED)
        with pointed_at_server(url):
            trouble, _ = sell(
                klubba, verdict, payments=25, each=0, seed=SEED, say=said.append, rest_seconds=5, dropped=0.3
            )
            trouble.judged.set()

    assert verdict.lost and verdict.double, "\n".join(said)
