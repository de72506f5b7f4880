"""`make chaos`: people pay while everything breaks; then nothing may be lost, and nothing twice.

SEED= repeats a run, PAYMENTS= sizes it; DEAF=1 lets no webhook arrive.
Exit 0: passed. 1: something is wrong. 3: too little broke to tell.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

LONG_RUN = Path(__file__).parent / "long_run.py"


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="klubba-chaos-") as folder:
        told = Path(folder) / "outcome"
        env = {**os.environ, "CHAOS_OUTCOME": str(told)}
        quietly = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "--no-header"]
        subprocess.run([*quietly, "--no-summary", f"--basetemp={folder}/home", str(LONG_RUN)], env=env)
        if not told.exists():
            print("chaos: it came to no end; what stopped it stands above", file=sys.stderr)
            return 1
        status, line = told.read_text().split(maxsplit=1)
        print(line)
        return int(status)


if __name__ == "__main__":
    sys.exit(main())
