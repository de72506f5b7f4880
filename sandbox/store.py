"""One SQLite file that holds everything. What is answered was on disk before the answer left."""

import fcntl
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.errors import EffectsKept

SCHEMA = Path(__file__).with_name("schema.sql")


class StoreRefused(Exception):
    """The file cannot be used; the message says why in one sentence."""


@dataclass
class Stored:
    """A resource: what Stripe shows (`data`), and what it keeps to itself (`private`)."""

    account: str
    data: dict[str, Any]
    private: dict[str, Any]


class Store:
    """The file, held by one process. Every method belongs to the writer's thread."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = _lock_of(path)
        try:
            self.connection = _opened(path)
        except sqlite3.Error as refusal:
            raise StoreRefused(f"The store {path} cannot be used: {refusal}.") from None

    def close(self) -> None:
        """Let go of the file and its lock."""
        self.connection.close()
        os.close(self._lock)

    def execute(self, sql: str, values: tuple[Any, ...] = ()) -> sqlite3.Cursor:
        """Run one statement inside the open transaction."""
        return self.connection.execute(sql, values)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it reaches the disk, or none."""
        self.execute("BEGIN IMMEDIATE")
        with self.connection:
            yield

    @contextmanager
    def undone_if_refused(self) -> Iterator[None]:
        """Take back what a refused call did, unless the refusal says that it stays."""
        self.execute("SAVEPOINT call")
        kept = False
        try:
            yield
            kept = True
        except EffectsKept:
            kept = True
            raise
        finally:
            if not kept:
                self.execute("ROLLBACK TO call")
            self.execute("RELEASE call")

    def insert(self, *, account: str, data: dict[str, Any], private: dict[str, Any] | None = None) -> None:
        """Keep a new resource under its own id."""
        self.execute(
            "INSERT INTO objects (id, account, type, created, data, private) VALUES (?, ?, ?, ?, ?, ?)",
            (data["id"], account, data["object"], data.get("created", 0), _text(data), _text(private or {})),
        )

    def save(self, data: dict[str, Any], *, private: dict[str, Any] | None = None) -> None:
        """Replace what is shown of a resource, and what is kept of it when `private` is given."""
        self.execute("UPDATE objects SET data = ? WHERE id = ?", (_text(data), data["id"]))
        if private is not None:
            self.execute("UPDATE objects SET private = ? WHERE id = ?", (_text(private), data["id"]))

    def load(self, identity: str, *, kind: str | None = None) -> Stored | None:
        """The resource with that id, whoever owns it."""
        row = self.execute(
            "SELECT account, data, private FROM objects WHERE id = ? AND type = coalesce(?, type)",
            (identity, kind),
        ).fetchone()
        return Stored(row[0], json.loads(row[1]), json.loads(row[2])) if row else None

    def setting(self, name: str, default: Any = None) -> Any:
        """A value a control put here, or the default."""
        row = self.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else default

    def set_setting(self, name: str, value: Any) -> None:
        """Keep a control's value over restarts."""
        self.execute("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", (name, _text(value)))


def _opened(path: Path) -> sqlite3.Connection:
    """Every commit is on the disk before it is told (synchronous = FULL)."""
    path.touch(mode=0o600)  # It holds the secrets that webhooks are signed with.
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.executescript(SCHEMA.read_text())
    return connection


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _lock_of(path: Path) -> int:
    """The lock is the kernel's, so a killed process leaves none behind."""
    held = os.open(f"{path}.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        raise StoreRefused(f"Another sandbox is using {path}.") from None
    return held
