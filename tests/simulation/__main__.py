"""`manage.py simulate`: one seed, told step by step. Exit 1 if it ends as it may not."""

from __future__ import annotations

import argparse
import os
import sys

import tests.ground  # noqa: F401  (before Django reads its settings)


def main() -> int:
    options = _options()
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    from django.test import override_settings

    from tests.simulation.running import STEPS, simulate

    with override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"):
        history = simulate(options.seed, steps=options.steps or STEPS, say=print)
    defects = history.defects()
    for defect in defects:
        print(f"  {defect}", file=sys.stderr)
    print(f"simulation: seed {options.seed}, defects {len(defects)}, {history.digest[:16]}")
    return 1 if defects else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="manage.py simulate")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--steps", type=int)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
