"""What the database sends back through nobody's fault: two waited for each other. It is done again, whole."""

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection

# Serialisation failure, deadlock, lock timeout.
CROSSED = ("40001", "40P01", "55P03")
MOST_TRIES = 5
P = ParamSpec("P")
T = TypeVar("T")


def again_if_crossed(unit: Callable[P, T]) -> Callable[P, T]:
    """Let a unit, which is one whole transaction, begin anew when it was sent back; up to five times.

    Inside another transaction it is done once: there the whole of that one is sent back.
    """

    @wraps(unit)
    def again(*args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(MOST_TRIES - 1):
            try:
                return unit(*args, **kwargs)
            except OperationalError as failure:
                if not _was_crossed(failure) or is_in_transaction():
                    raise
            time.sleep(random.uniform(0.01, 0.1))  # noqa: S311  (it spreads load, it hides nothing)
        return unit(*args, **kwargs)

    return again


def _was_crossed(failure: OperationalError) -> bool:
    return getattr(failure.__cause__, "sqlstate", None) in CROSSED


def is_in_transaction() -> bool:
    """Whether a transaction is open; a test's own around everything is none of ours."""
    return any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)
