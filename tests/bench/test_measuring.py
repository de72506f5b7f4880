"""What is made of a scenario's rounds, and that ours and the limit did the same work."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from bench.measuring import Figure, table_of
from config.home import PROJECT


def a_figure(**changed: object) -> Figure:
    told = {"unit": "events/s", "ours": [60.0, 50.0, 90.0], "limit": [100.0, 100.0, 100.0], "goal": 0.6}
    return Figure("P1", "completion", **{**told, **changed})  # type: ignore[arg-type]


def bench(**asked: str) -> subprocess.CompletedProcess[str]:
    argv, env = [sys.executable, "-m", "bench"], {**os.environ, **asked}
    return subprocess.run(argv, cwd=PROJECT, env=env, capture_output=True, text=True)


def test_the_ratio_is_of_both_sides_of_a_round() -> None:
    """Each round met its own noise."""
    assert a_figure(ours=[50.0, 100.0, 10.0], limit=[100.0, 200.0, 100.0]).ratio == 0.5


def test_the_spread_is_between_the_best_and_the_worst_round() -> None:
    assert a_figure().spread == pytest.approx(40 / 60)


@pytest.mark.parametrize(
    ("changed", "is_met"),
    [
        ({}, True),
        ({"goal": 0.61}, False),
        ({"goal": 0.6, "less_is_better": True}, True),
        ({"goal": 0.59, "less_is_better": True}, False),
        ({"goal": None}, None),
        ({"limit": []}, None),
        ({"most": 60.0}, True),
        ({"most": 59.9, "goal": None, "limit": []}, False),
    ],
)
def test_a_goal_is_met_from_its_own_side(changed: dict[str, object], is_met: bool | None) -> None:
    assert a_figure(**changed).is_met is is_met


def test_the_table_says_which_goal_is_not_met() -> None:
    head, row = table_of([a_figure(goal=0.9)]).splitlines()

    assert head.split() == ["scenario", "ours", "limit", "ratio", "goal", "spread"]
    assert row.split() == "P1 completion 60 events/s 100 events/s 0.60 ≥ 0.9 NOT met 67%".split()


def test_what_people_wait_for_is_told_in_its_own_unit() -> None:
    _, row = table_of([a_figure(most=25, unit="ms", goal=None, limit=[])]).splitlines()

    assert row.split() == "P1 completion 60 ms ≤ 25 ms NOT met 67%".split()


def test_completion_is_compared_with_the_same_rows_written_by_hand() -> None:
    """The run itself refuses to compare books that differ, and books that the audit refuses."""
    ran = bench(QUICK="1", BENCH="P1", ROUNDS="1")

    assert ran.stdout.split()[:1] == ["scenario"], ran.stderr
    [told] = json.loads((PROJECT / "bench" / "results.json").read_text())
    assert (told["id"], told["unit"], len(told["runs"][0])) == ("P1", "events/s", 1)
    assert told["ratio"] > 0 and 0 < told["ours"] < told["limit"] * 2


def test_a_scenario_that_there_is_not_is_refused() -> None:
    ran = bench(BENCH="P99")

    assert (ran.returncode, ran.stderr.startswith("bench: there is no P99; there are P1,")) == (2, True)
