"""The line before pytest's closing line, when the browser tests had no browser to run in."""

from __future__ import annotations

import re
from collections.abc import Generator

import pytest
from _pytest.terminal import TerminalReporter

SAID = re.compile(r"^(?:Skipped: )?(browser: NOT RUN \(.*; try: .*\))$", re.MULTILINE)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: TerminalReporter) -> Generator[None, None, None]:
    yield
    if sentence := sentence_from(terminalreporter.stats):
        terminalreporter.write_line(sentence, yellow=True, bold=True)


def sentence_from(stats: dict[str, list[pytest.TestReport]]) -> str | None:
    """What the first report without a browser said; workers' reports come here too."""
    for outcome in ("skipped", "error", "failed"):
        for report in stats.get(outcome, []):
            if found := SAID.search(_told(report)):
                return found.group(1)
    return None


def _told(report: pytest.TestReport) -> str:
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2]
    return str(report.longrepr or "")
