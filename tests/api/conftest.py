"""The people as clients, and the real sandbox for what asks Stripe."""

from __future__ import annotations

import pytest

from tests.api.asking import Asking
from tests.cast import Cast
from tests.gateway.conftest import fault, gateway_sandbox, stripe_at

__all__ = ["fault", "gateway_sandbox", "stripe_at"]


@pytest.fixture
def bo(cast: Cast) -> Asking:
    return Asking(cast.bo)


@pytest.fixture
def saga(cast: Cast) -> Asking:
    return Asking(cast.saga)


@pytest.fixture
def olga(cast: Cast) -> Asking:
    return Asking(cast.olga)


@pytest.fixture
def mallory(cast: Cast) -> Asking:
    return Asking(cast.mallory)
