"""`make bench`: each scenario beside its limit, in the same run.

`BENCH=P1,P3` chooses; `QUICK=1` is smaller, and takes less than a minute and a half. The figures are in
`bench/results.json` afterwards. Exit 1 when a goal is not met, 2 when nothing of that name is there.
"""

import json
import os
import sys
import time
from pathlib import Path

from bench import ground
from bench.completion import completion
from bench.measuring import Scenario, Size, table_of

SCENARIOS: dict[str, Scenario] = {"P1": completion}
RESULTS = Path(__file__).parent / "results.json"
FULL, QUICK = Size(rounds=3, share=1.0), Size(rounds=3, share=0.2)


def main() -> int:
    wanted = [name for name in os.environ.get("BENCH", "").split(",") if name] or [*SCENARIOS]
    if unknown := [name for name in wanted if name not in SCENARIOS]:
        print(f"bench: there is no {', '.join(unknown)}; there are {', '.join(SCENARIOS)}.", file=sys.stderr)
        return 2
    size = QUICK if os.environ.get("QUICK") else FULL
    ground.tables_made()
    figures = []
    for name in wanted:
        began = time.monotonic()
        print(f"{name} …", file=sys.stderr, flush=True)
        figures += SCENARIOS[name](size)
        print(f"{name} took {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    RESULTS.write_text(json.dumps([figure.as_json() for figure in figures], indent=2) + "\n")
    print(table_of(figures))
    return int(any(figure.is_met is False for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
