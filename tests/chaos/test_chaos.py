"""A short run of `make chaos`: nothing lost, nothing twice, whatever dies, repeats, arrives late or lies."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from tests.chaos.story import play
from tests.chaos.trouble import MET
from tests.live import running_klubba

pytestmark = pytest.mark.xdist_group("chaos")
PAYMENTS, SEED = 100, 7


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
