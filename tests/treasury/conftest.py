"""A Stripe of the test's own: its balance starts at nothing and its clock may be moved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.client import stripe_client
from tests.browser.sandbox_process import run_sandbox
from tests.treasury.market import Market


@pytest.fixture
def market(tmp_path: Path, settings) -> Iterator[Market]:
    """The gateway asks this sandbox."""
    settings.STRIPE_CONNECT_WEBHOOK_SECRETS = ("whsec_for_connected_ones",)
    with run_sandbox(tmp_path) as sandbox:
        settings.STRIPE_API_BASE = sandbox.origin
        stripe_client.cache_clear()
        yield Market(sandbox)
    stripe_client.cache_clear()
