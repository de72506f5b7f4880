"""`make bench`: each scenario beside its limit, in the same run.

`BENCH=P1,P3` chooses; `QUICK=1` is smaller, and takes less than a minute and a half; `ROUNDS=1` only shows
that it runs. The figures are in `bench/results.json` afterwards. Exit 1 when a goal is not met, 2 when there
is no such scenario.
"""

import json
import os
import sys
import time
from pathlib import Path

from bench import ground
from bench.completion import completion
from bench.lateness import becoming_visible
from bench.looking import auditing
from bench.measuring import Scenario, Size, table_of
from bench.pages import looking_at_pages
from bench.reading import reading
from bench.receipt import acknowledging, to_completion
from bench.starting import starting
from bench.streams import hearing

SCENARIOS: dict[str, Scenario] = {
    "P1": completion,
    "P2": to_completion,
    "P3": acknowledging,
    "P4": becoming_visible,
    "P5": reading,
    "P6": reading,
    "P9": hearing,
    "P10": looking_at_pages,
    "P11": starting,
    "P12": auditing,
}
RESULTS = Path(__file__).parent / "results.json"


def main() -> int:
    wanted = [name for name in os.environ.get("BENCH", "").split(",") if name] or [*SCENARIOS]
    if unknown := [name for name in wanted if name not in SCENARIOS]:
        print(f"bench: there is no {', '.join(unknown)}; there are {', '.join(SCENARIOS)}.", file=sys.stderr)
        return 2
    size = Size(is_quick=bool(os.environ.get("QUICK")), rounds=int(os.environ.get("ROUNDS", "3")))
    ground.tables_made()
    figures = []
    for scenario in dict.fromkeys(SCENARIOS[name] for name in wanted):
        began = time.monotonic()
        print(f"{scenario.__name__} …", file=sys.stderr, flush=True)
        figures += [figure for figure in scenario(size) if figure.id in wanted]
        print(f"{scenario.__name__} took {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    RESULTS.write_text(json.dumps([figure.as_json() for figure in figures], indent=2) + "\n")
    print(table_of(figures))
    return int(any(figure.is_met is False for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
