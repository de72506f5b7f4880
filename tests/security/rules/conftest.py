"""The ground that every rule is tried on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cast import make_cast
from tests.databases import undone_afterwards
from tests.security.rules.ground import make_ground


@pytest.fixture(scope="module")
def made_ground(shared_transaction: None) -> None:
    make_ground(make_cast())


@pytest.fixture
def ground(made_ground: None) -> Iterator[None]:
    """The module's ground as it was made, whatever an earlier test did to it."""
    with undone_afterwards():
        yield
