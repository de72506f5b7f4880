"""`make mutate`: the money's core, wrong in one place at a time. Its tests must notice each.

ONLY= chooses files by a part of their path. Exit 0: whatever survived is explained. 1: something is not.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from config.home import PROJECT
from tests.mutation.explained import EXPLAINED
from tests.mutation.mutants import Mutant, mutants_of

COMPLETION = "payments/completion_services/payment_completion.py"
OF_PAYOUTS = "tests/payouts --deselect tests/payouts/test_three_hundred.py"
# Each file with the tests that notice: those that are about it first.
SUBJECTS = {
    "money/splitting.py": "tests/money",
    "money/amounts.py": "tests/money",
    "gateway/signatures.py": "tests/gateway/test_signatures.py tests/security/test_webhook_signatures.py",
    "gateway/calls.py": "tests/gateway/test_calls.py tests/gateway",
    "ledger/posting.py": "tests/ledger/test_posting.py tests/ledger/test_stories.py",
    COMPLETION: "tests/payments/test_completion.py tests/payments/test_lines.py tests/ledger/test_stories.py",
    "payouts/reserving.py": f"tests/payouts/test_paying_out.py {OF_PAYOUTS}",
    "payouts/transferring.py": f"tests/payouts/test_paid_once.py {OF_PAYOUTS}",
    "payouts/sending.py": f"tests/payouts/test_sending.py {OF_PAYOUTS}",
    "payouts/arriving.py": f"tests/payouts/test_arriving.py {OF_PAYOUTS}",
    "payouts/debts.py": f"tests/payouts/test_debts.py {OF_PAYOUTS}",
}
AT_ONCE, TOLD_EVERY = 2, 20
NOTICED, SURVIVED = 1, 0
PATIENCE_SECONDS = 600


def main() -> int:
    """One line for each that nobody noticed, and now and then how far it is."""
    only = os.environ.get("ONLY", "")
    mutants = [(path, mutant) for path in SUBJECTS if only in path for mutant in mutants_of(_text(path))]
    waiting = enumerate(mutants)
    taking, unexplained, seen = threading.Lock(), list[str](), 0

    def take() -> tuple[int, tuple[str, Mutant]] | None:
        with taking:
            return next(waiting, None)

    def try_them(_: int) -> int:
        tried = 0
        with copied_project() as copy:
            while (one := take()) is not None:
                place, (path, mutant) = one
                tried += 1
                if place % TOLD_EVERY == 0:
                    print(f"  {place} of {len(mutants)}, in {path}", flush=True)
                if is_noticed(copy, path, mutant) or (path, mutant.was, mutant.now) in EXPLAINED:
                    continue
                unexplained.append(f"{path}:{mutant.line}: {mutant.was}  ->  {mutant.now}")
                print(unexplained[-1], flush=True)
        return tried

    with ThreadPoolExecutor(AT_ONCE) as hands:
        seen = sum(hands.map(try_them, range(AT_ONCE)))
    print(f"mutate: {seen} tried, {len(unexplained)} noticed by no test and explained by nobody")
    return 1 if unexplained or not seen else 0


def _text(path: str) -> str:
    return (PROJECT / path).read_text()


@contextmanager
def copied_project() -> Iterator[Path]:
    """The whole tree at a place of its own, with the environment that is installed here."""
    with tempfile.TemporaryDirectory(prefix="klubba-mutate-") as folder:
        copy = Path(folder) / "klubba"
        shutil.copytree(
            PROJECT, copy, ignore=shutil.ignore_patterns(".git", ".local", ".venv", "__pycache__")
        )
        (copy / ".venv").symlink_to(PROJECT / ".venv")
        try:
            yield copy
        finally:
            subprocess.run([sys.executable, "manage.py", "clean"], cwd=copy, capture_output=True)


def is_noticed(copy: Path, path: str, mutant: Mutant) -> bool:
    """Whether a test of its room fails, or never ends."""
    place = copy / path
    right = place.read_text()
    place.write_text(mutant.text)
    quietly = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--no-header"]
    try:
        ended = subprocess.run(
            [*quietly, *SUBJECTS[path].split()], cwd=copy, capture_output=True, timeout=PATIENCE_SECONDS
        )
    except subprocess.TimeoutExpired:
        return True
    finally:
        place.write_text(right)
    return ended.returncode != SURVIVED


if __name__ == "__main__":
    sys.exit(main())
