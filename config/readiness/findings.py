"""What was found of one thing that going live needs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

MARKS = {"ready": "✓", "not ready": "✗", "not told": "–"}


@dataclass(frozen=True)
class Finding:
    """One sentence and its verdict. `not told`: it does not apply here, or cannot be seen from here."""

    verdict: Literal["ready", "not ready", "not told"]
    sentence: str

    def __str__(self) -> str:
        return f"{MARKS[self.verdict]} {self.sentence}"


Question = Callable[[], Iterator[Finding]]


def ready(sentence: str) -> Finding:
    return Finding("ready", sentence)


def not_ready(sentence: str) -> Finding:
    return Finding("not ready", sentence)


def not_told(sentence: str) -> Finding:
    return Finding("not told", sentence)


def verdict(holds: bool, yes: str, no: str) -> Finding:
    """`yes` if it holds, else `no`, which says what to do."""
    return ready(yes) if holds else not_ready(no)
