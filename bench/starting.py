"""P11: `make demo` on a home that it has made before, to its ninth check."""

import os
import re
import subprocess
import sys
from pathlib import Path

from bench.ground import HOME, PROJECT
from bench.measuring import Figure, Size
from tests.sandbox.process import free_port


def starting(size: Size) -> list[Figure]:
    """By its own last line, which counts from its first."""
    figure = Figure("P11", "make demo, warm, to the ninth check", "s", most=5)
    home = HOME / "demo"
    if not (home / "secrets").exists():
        _seconds_to_the_ninth_check(home)
    figure.ours += [_seconds_to_the_ninth_check(home) for _ in range(size.of(size.rounds, 1))]
    return [figure]


def _seconds_to_the_ninth_check(home: Path) -> float:
    env = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")}
    env |= {"KLUBBA_HOME": str(home), "DEMO_EXIT": "1"}
    env |= {"PORT": str(free_port()), "SANDBOX_PORT": str(free_port())}
    argv = [sys.executable, "manage.py", "demo"]
    ran = subprocess.run(argv, cwd=PROJECT, env=env, capture_output=True, text=True)
    told = re.search(r"9 of 9 hold, ([0-9.]+) s", ran.stdout)
    if ran.returncode or told is None:
        raise SystemExit(f"bench: the demo failed: {ran.stdout[-500:]}{ran.stderr[-500:]}")
    return float(told[1])
