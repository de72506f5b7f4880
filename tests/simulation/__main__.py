"""`manage.py simulate`: one seed, told step by step. Exit 1 if it ends as it may not."""

from __future__ import annotations

import argparse
import os
import sys

import django
from django.test import override_settings

import tests.ground

assert tests.ground.HOME  # Read before Django reads its settings.
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()

from tests.simulation.running import STEPS, simulate  # noqa: E402  (it needs Django set up)

IN_MEMORY = "django.core.mail.backends.locmem.EmailBackend"


def main() -> int:
    options = _options()
    with override_settings(EMAIL_BACKEND=IN_MEMORY):
        history = simulate(options.seed, steps=options.steps, say=print)
    defects = history.defects()
    for defect in defects:
        print(f"  {defect}", file=sys.stderr)
    told = f"simulation: seed {options.seed}, steps {options.steps}, defects {len(defects)}"
    print(f"{told}, history {history.digest[:16]}")
    return 1 if defects else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="manage.py simulate")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--steps", type=int, default=STEPS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
