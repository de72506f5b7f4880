"""The ground that every rule is tried on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests.cast import make_cast
from tests.databases import undone_afterwards
from tests.security.rules.ground import make_ground


@pytest.fixture(scope="package")
def made_ground(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), undone_afterwards():
        make_ground(make_cast())
        yield


@pytest.fixture
def ground(made_ground: None) -> Iterator[None]:
    """The folder's ground as it was made, whatever an earlier test did to it."""
    with undone_afterwards():
        yield
