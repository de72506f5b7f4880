"""Fifty seeds: whoever acts when, dies where and meets whom, nothing is lost and nothing happens twice."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from pytest_django import DjangoDbBlocker

from gateway import transfers
from tests.simulation.running import History, simulate

SEEDS = int(os.environ.get("SEEDS") or 50)
AT_ONCE = 10
# What went wrong once is played for ever.
WENT_WRONG_ONCE: list[range] = []
Play = Callable[[int], History]


@pytest.fixture
def play(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Play:
    def one(seed: int) -> History:
        with django_db_blocker.unblock():
            return simulate(seed)

    return one


@pytest.mark.parametrize(
    "seeds", [range(one, one + AT_ONCE) for one in range(1, SEEDS + 1, AT_ONCE)] + WENT_WRONG_ONCE, ids=str
)
def test_whatever_the_dice_say_nothing_is_lost_and_nothing_twice(seeds: range, play: Play) -> None:
    happened, faults_met = "", 0
    for seed in seeds:
        history = play(seed)
        told = "\n".join(history.lines)
        assert history.defects() == [], f"seed {seed}\n{told}"
        happened += told
        faults_met += history.faults_met

    # Histories in which nothing went wrong would have proven nothing.
    assert happened.count("dies at") >= len(seeds) / 2
    assert happened.count(", at ") >= len(seeds) / 2
    assert faults_met >= len(seeds)


def test_the_same_seed_tells_the_same_history(play: Play) -> None:
    first, second = play(7), play(7)

    assert first.lines == second.lines
    assert first.digest == second.digest != play(8).digest


def test_without_the_look_up_there_is_a_seed_that_tells(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfers, "_find_created", lambda call: None)

    assert any(play(seed).defects() for seed in range(8, 30))
