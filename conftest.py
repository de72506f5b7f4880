"""For the tests below and for the promise beside this file: a running Klubba, and how many work at once."""

import os

pytest_plugins = ["tests.live"]


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: many a test waits for a process, a browser or a disk."""
    return (os.cpu_count() or 1) + 1
