"""Saga with an account at Stripe, and three reference sales on one schedule."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from payouts.models import ConnectedAccount, PayoutSchedule
from tests.cast import Cast
from tests.gateway.conftest import fault, gateway_sandbox, stripe_at
from tests.payouts.books import assert_books_hold
from tests.payouts.moving import an_account, sales_of

__all__ = ["fault", "gateway_sandbox", "stripe_at"]


@pytest.fixture
def account(cast: Cast) -> ConnectedAccount:
    return an_account(cast.saga)


@pytest.fixture
def schedule(cast: Cast) -> PayoutSchedule:
    """Three reference sales on one schedule."""
    sales_of(cast, 3)
    return PayoutSchedule.objects.get()


@pytest.fixture
def books_hold(cast: Cast) -> Iterator[None]:
    """However the story goes: at its end lines and books agree."""
    yield
    assert_books_hold()
