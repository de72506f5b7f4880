"""Killed at one point, started again and killed at another: `make soak`. It takes an hour."""

from __future__ import annotations

import itertools

import pytest

from faults.crashpoints import POINTS
from tests.faults.life import Life, dies_of
from tests.faults.test_crashpoints import OF_THE_WEBHOOK, everything_came_to_its_end, life, market

__all__ = ["life", "market"]

OF_THE_WORKER = sorted(POINTS.keys() - OF_THE_WEBHOOK)


@pytest.mark.parametrize("first, second", [*itertools.product(OF_THE_WORKER, OF_THE_WORKER)])
def test_killed_twice_it_comes_to_the_same_end(first: str, second: str, life: Life) -> None:
    """The second may have been passed by whoever died at the first; then nobody dies there."""
    for point in (first, second):
        dies_of(point, life.live)

    life.live()

    everything_came_to_its_end(life)
