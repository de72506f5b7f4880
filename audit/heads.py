"""The heads of the chain, told where the database's owner has no hand: a line in a file every ten minutes.

Who may do anything in the database can make the chain anew; it then no longer leads through these.
"""

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from audit.sealing import SET_SIZE, chain_head, seal_rows

EXPORTED_EVERY = timedelta(minutes=10)
# More than a day of lines: what each minute's look compares, however long the file has become.
NEWEST_BYTES = 32_768
LINE = re.compile(r"(\d{4}-\d\d-\d\dT[\d:.]+\+00:00) (\d+) ([0-9a-f]{64})")


@dataclass(frozen=True)
class ExportedHead:
    """The head at that time: the number of its seal, and its hash in hexadecimal."""

    at: datetime
    seal_id: int
    hash: str


def seal_due(file: Path, *, at: datetime) -> int:
    """Seal a set of what waits, and export the head when it is time.

    Answers how much was sealed if there may be more, and else 0: the caller rests.
    """
    sealed = seal_rows()
    export_head(file, at=at)
    return sealed if sealed == SET_SIZE else 0


def export_head(file: Path, *, at: datetime) -> bool:
    """Add a line with the head; False when it is the last line's, or that is younger than ten minutes."""
    last = last_head(file)
    if last is not None and at < last.at + EXPORTED_EVERY:
        return False
    head = chain_head()
    if head is None or (last is not None and last.seal_id == head.pk):
        return False
    _add_line(file, f"{at.astimezone(UTC).isoformat()} {head.pk} {bytes(head.hash).hex()}\n")
    return True


def last_head(file: Path) -> ExportedHead | None:
    """The head that was exported last; None while there is none."""
    heads = heads_exported(file, newest_only=True)
    return heads[-1] if heads else None


def heads_exported(file: Path, *, newest_only: bool) -> list[ExportedHead]:
    """What the file tells, oldest first; with `newest_only` of a long one its last lines, about two days.

    A line whose writer died over it tells nothing.
    """
    try:
        with open(file, "rb") as lines:
            behind = max(lines.seek(0, os.SEEK_END) - NEWEST_BYTES, 0) if newest_only else 0
            lines.seek(behind)
            told = map(LINE.fullmatch, lines.read().decode(errors="replace").splitlines())
    except FileNotFoundError:
        return []
    return [ExportedHead(datetime.fromisoformat(line[1]), int(line[2]), line[3]) for line in told if line]


def _add_line(file: Path, line: str) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(file, "a") as lines:
        lines.write(line)
        lines.flush()
        os.fsync(lines.fileno())
