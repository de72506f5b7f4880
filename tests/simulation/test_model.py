"""Whatever Hypothesis lets happen, in whatever order, the books say what the model says."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from pytest_django import DjangoDbBlocker

from tests.simulation import actors
from tests.simulation.actors import ACTORS, Actor
from tests.simulation.mishaps import points_named
from tests.simulation.model import disagreements
from tests.simulation.running import History, come_to_rest, dying_at, judge, meeting_at
from tests.simulation.world import a_world

EXAMPLES = int(os.environ.get("EXAMPLES") or 5)
STEPS = 25
DICE = st.randoms(use_true_random=False)
FRAGILE = [actor for actor in ACTORS if actor.points]
IN_THE_MEANTIME = [actor for actor in ACTORS if actor.in_the_meantime]


class Market(RuleBasedStateMachine):
    """Each step is somebody's, whole, cut off at a named place, or with another's in the midst of it."""

    def __init__(self) -> None:
        super().__init__()
        self.open = ExitStack()
        self.world = self.open.enter_context(a_world(0))
        self.history = History(0, say=lambda line: None)

    @initialize(dice=DICE)
    def two_are_sold(self, dice: random.Random) -> None:
        self.world.dice = dice
        for act in (actors.sell, actors.sell, actors.begin_to_pay):
            act(self.world)

    @rule(actor=st.sampled_from(ACTORS), dice=DICE)
    def acts(self, actor: Actor, dice: random.Random) -> None:
        if self._is_turn_of(actor, dice):
            actor.step(self.world)
            self._holds()

    @rule(actor=st.sampled_from(FRAGILE), dice=DICE)
    def dies(self, actor: Actor, dice: random.Random) -> None:
        if self._is_turn_of(actor, dice):
            dying_at(dice.choice(points_named(actor.points)), actor, self.world)
            self._holds()

    @rule(actor=st.sampled_from(FRAGILE), other=st.sampled_from(IN_THE_MEANTIME), dice=DICE)
    def meets(self, actor: Actor, other: Actor, dice: random.Random) -> None:
        if self._is_turn_of(actor, dice) and other.is_able(self.world):
            meeting_at(dice.choice(points_named(actor.points)), actor, other, self.world)
            self._holds()

    def teardown(self) -> None:
        with self.open:
            come_to_rest(self.world, self.history)
            judge(self.world, self.history)
        assert self.history.defects() == []

    def _is_turn_of(self, actor: Actor, dice: random.Random) -> bool:
        self.world.dice = dice
        self.world.pass_time(timedelta(minutes=11))
        return actor.is_able(self.world)

    def _holds(self) -> None:
        assert disagreements(self.world, at_rest=False) == []


@pytest.fixture
def at_the_database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock():
        yield


def test_the_books_say_what_the_model_says(at_the_database: None) -> None:
    run_state_machine_as_test(
        Market,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate] if EXAMPLES < 20 else list(Phase),
            derandomize=EXAMPLES < 20,
        ),
    )
