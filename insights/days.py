"""What is told day by day of the newest alone, and how far back that reaches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

Day = TypeVar("Day")


@dataclass(frozen=True)
class Days(Generic[Day]):
    """The days on which there was something from `since` on, oldest first.

    Of the first some are missing if it `is_cut`: more came than are looked at.
    """

    since: date
    days: list[Day]
    is_cut: bool


def days_of(rows: Sequence[Sequence[Any]], day: type[Day], *, since: date, newest: int) -> Days[Day]:
    """Of rows that end with the oldest day that was read and with how many were, of at most `newest`."""
    oldest, read = rows[0][-2:] if rows else (since, 0)
    is_cut = read == newest and oldest >= since
    return Days(oldest if is_cut else since, [day(*row[:-2]) for row in rows], is_cut)
