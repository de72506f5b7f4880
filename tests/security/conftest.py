"""The people as clients, and the real sandbox, as in the tests of the API."""

from __future__ import annotations

from tests.api.conftest import bo, fault, gateway_sandbox, mallory, olga, saga, stripe_at

__all__ = ["bo", "fault", "gateway_sandbox", "mallory", "olga", "saga", "stripe_at"]
