"""Saga with an account at Stripe, and three reference sales on one schedule."""

from __future__ import annotations

import pytest

from payouts.models import ConnectedAccount, PayoutSchedule
from tests.cast import Cast
from tests.gateway.conftest import fault, gateway_sandbox, stripe_at
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
