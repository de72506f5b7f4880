"""The long run, as `make chaos` starts it."""

from __future__ import annotations

import os
import time
from pathlib import Path

from pytest_django import DjangoDbBlocker

from tests.chaos.story import play
from tests.chaos.trouble import ALL, DROPPED
from tests.live import running_klubba

PAYMENTS = 10_000
PASSED, WRONG, INCONCLUSIVE = 0, 1, 3


def test_a_long_run(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> None:
    payments = int(os.environ.get("PAYMENTS") or PAYMENTS)
    seed = int(os.environ.get("SEED") or time.time())
    with running_klubba(tmp_path / "home") as klubba, django_db_blocker.unblock():
        outcome = play(
            klubba,
            payments=payments,
            seed=seed,
            say=lambda line: print(line, flush=True),
            dropped=ALL if os.environ.get("DEAF") else DROPPED,
        )
    status = INCONCLUSIVE if outcome.verdict.thin else PASSED
    if not outcome.verdict.is_clean:
        status = WRONG
    Path(os.environ["CHAOS_OUTCOME"]).write_text(f"{status} {outcome.line()}")
