"""What waits for its moment by the sandbox's clock."""

from collections.abc import Iterator

from sandbox.store import Store


def schedule(store: Store, *, at: int, kind: str, subject: str, account: str) -> None:
    """Let something happen at that second, or as soon as it is past; twice the same is once."""
    store.execute(
        "INSERT OR IGNORE INTO due (at, kind, subject, account) VALUES (?, ?, ?, ?)",
        (at, kind, subject, account),
    )


def take_due(store: Store, *, now: int) -> Iterator[tuple[str, str, str]]:
    """(kind, subject, account) of what is due, until nothing is: the earliest first, then by the alphabet."""
    while True:
        row = store.execute(
            "SELECT at, kind, subject, account FROM due WHERE at <= ? ORDER BY at, kind LIMIT 1", (now,)
        ).fetchone()
        if row is None:
            return
        store.execute("DELETE FROM due WHERE at = ? AND kind = ? AND subject = ?", row[:3])
        yield row[1], row[2], row[3]
