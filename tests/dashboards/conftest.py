"""The people as readers of pages, and the real sandbox for the checkout."""

from __future__ import annotations

import pytest

from tests.cast import Cast
from tests.dashboards.reading import Reader
from tests.gateway.conftest import fault, gateway_sandbox, stripe_at

__all__ = ["fault", "gateway_sandbox", "stripe_at"]


@pytest.fixture
def bo(cast: Cast) -> Reader:
    return Reader(cast.bo)


@pytest.fixture
def saga(cast: Cast) -> Reader:
    return Reader(cast.saga)


@pytest.fixture
def olga(cast: Cast) -> Reader:
    return Reader(cast.olga)


@pytest.fixture
def mallory(cast: Cast) -> Reader:
    return Reader(cast.mallory)


@pytest.fixture
def nobody(db: None) -> Reader:
    return Reader()
