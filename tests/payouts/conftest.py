"""Saga with an account at Stripe, and three reference sales on one schedule."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.client import stripe_client
from payouts.models import ConnectedAccount, PayoutSchedule
from tests import local
from tests.browser.sandbox_process import Sandbox, run_sandbox
from tests.cast import Cast
from tests.gateway.conftest import fault, gateway_sandbox, stripe_at
from tests.payouts.books import assert_books_hold
from tests.payouts.moving import an_account, sales_of
from tests.payouts.wire import Wire, at_noon

__all__ = ["fault", "gateway_sandbox", "stripe_at"]


@pytest.fixture
def account(cast: Cast) -> ConnectedAccount:
    return an_account(cast.saga)


@pytest.fixture
def schedule(cast: Cast) -> PayoutSchedule:
    """Three reference sales on one schedule."""
    sales_of(cast, 3)
    return PayoutSchedule.objects.get()


@pytest.fixture(scope="session")
def payouts_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with run_sandbox(tmp_path_factory.mktemp("payouts-sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
def stripe_here(payouts_sandbox: Sandbox, settings) -> Iterator[Sandbox]:
    """The gateway asks this sandbox, which makes no faults."""
    settings.STRIPE_API_BASE = payouts_sandbox.origin
    stripe_client.cache_clear()
    yield payouts_sandbox
    local.delete(f"{payouts_sandbox.origin}/sandbox/faults")
    stripe_client.cache_clear()


@pytest.fixture
def wire(stripe_here: Sandbox, cast: Cast) -> Wire:
    """Saga with a real account at the sandbox, both clocks at the noon of a Monday."""
    wire = at_noon(stripe_here, cast)
    wire.onboard(cast.saga)
    return wire


@pytest.fixture
def own_wire(stripe_here: Sandbox, own_cast: Cast) -> Wire:
    """The same in a database of the test's own, for runners with connections of their own."""
    wire = at_noon(stripe_here, own_cast)
    wire.onboard(own_cast.saga)
    return wire


@pytest.fixture
def books_hold(cast: Cast) -> Iterator[None]:
    """However the story goes: at its end lines and books agree."""
    yield
    assert_books_hold()
