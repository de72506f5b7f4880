"""Told to end, a process finishes the unit at hand; what takes longer is left as it is written down.

Nothing is lost by it: what was asked of Stripe was committed before, and whoever comes next looks it up. The
same holds for a process that dies; this one only dies later, and says so.
"""

import logging
import os
import signal
import threading
from collections.abc import Callable

logger = logging.getLogger("klubba.stopping")

# Whoever stops processes waits ten seconds and then kills.
UNIT_MAY_END_SECONDS = 8
# What a server calls first when it ends: whoever holds connections open for long lets them go.
TOLD_OF_THE_END: list[Callable[[], None]] = []


def stopping_on_signals() -> threading.Event:
    """Set by SIGTERM and SIGINT; the process ends within eight seconds of it, whoever it waits for."""
    stopping = threading.Event()

    def stop(*_: object) -> None:
        if not stopping.is_set():
            stopping.set()
            limit = threading.Timer(UNIT_MAY_END_SECONDS, _leave)
            limit.daemon = True
            limit.start()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stop)
    return stopping


def _leave() -> None:
    logger.warning("told to end, and still waiting for an answer: it is looked up at the next start")
    os._exit(0)
