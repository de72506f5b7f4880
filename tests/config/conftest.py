"""Stripes of a test's own: the sandbox, and one that answers whatever it is told to."""

from tests.treasury.conftest import market, told

__all__ = ["market", "told"]
