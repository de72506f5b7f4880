"""What every test may ask for. Everything but the clock is real."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests import databases
from tests.cast import Cast, make_cast


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The database of tests that roll back: a copy of the template, acted on as `klubba_app`."""
    with django_db_blocker.unblock(), databases.copied_database() as name, databases.pointed_at(name):
        yield


@pytest.fixture(scope="module")
def shared_transaction(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """For what a module's tests look at together: nothing of it is there afterwards."""
    with django_db_blocker.unblock(), databases.undone_afterwards():
        yield


@pytest.fixture
def own_database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """A database of the test's own, for real commits and many connections; dropped afterwards."""
    with django_db_blocker.unblock(), databases.copied_database() as name, databases.pointed_at(name):
        yield name


@pytest.fixture
def cast(db: None) -> Cast:
    """Bo, Saga, Olga, Otto and Mallory, in a transaction that is rolled back."""
    return make_cast()


@pytest.fixture
def own_cast(own_database: str) -> Cast:
    """The same people, committed in a database of the test's own."""
    return make_cast()
