"""The people as clients, the real sandbox, as in the tests of the API, and a world to knock at."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy

import pytest

from tests import local
from tests.api.conftest import bo, fault, gateway_sandbox, mallory, olga, saga, stripe_at
from tests.browser.sandbox_process import Sandbox
from tests.cast import make_cast
from tests.databases import undone_afterwards
from tests.security.world import World, make_world

__all__ = ["bo", "fault", "gateway_sandbox", "mallory", "olga", "saga", "stripe_at"]


@pytest.fixture(scope="module")
def made_world(shared_transaction: None) -> World:
    return make_world(make_cast())


@pytest.fixture
def world(made_world: World, stripe_at: Sandbox) -> Iterator[World]:
    """The module's world as it was made, whatever an earlier test did in it, here and at Stripe."""
    local.post(f"{stripe_at.origin}/sandbox/prune-keys", json={}).raise_for_status()
    with undone_afterwards():
        yield deepcopy(made_world)
