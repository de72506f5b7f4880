"""Fifty seeds: whoever acts when, dies where and meets whom, nothing is lost and nothing happens twice."""

from __future__ import annotations

import os

import pytest
from pytest_django import DjangoDbBlocker

from tests.simulation.running import History, simulate

SEEDS = int(os.environ.get("SEEDS") or 50)
# What once went wrong is played again for ever.
WENT_WRONG_ONCE: list[int] = []
AT_ONCE = 10


@pytest.fixture
def play(django_db_setup: None, django_db_blocker: DjangoDbBlocker):
    def one(seed: int) -> History:
        with django_db_blocker.unblock():
            return simulate(seed)

    return one


@pytest.mark.parametrize("first", range(1, SEEDS + 1, AT_ONCE))
def test_whatever_the_dice_say_nothing_is_lost_and_nothing_twice(first: int, play) -> None:
    for seed in range(first, first + AT_ONCE):
        history = play(seed)
        assert history.defects() == [], f"seed {seed}\n" + "\n".join(history.lines)


def test_the_same_seed_tells_the_same_history(play) -> None:
    first, second = play(7), play(7)

    assert first.lines == second.lines
    assert first.digest == second.digest != play(8).digest
