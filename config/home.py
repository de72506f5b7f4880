"""The folder where this installation keeps what is its own: secrets, data, logs, locks."""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from config.sentences import Refusal

PROJECT = Path(__file__).resolve().parent.parent
DEFAULT_HOME = PROJECT / ".local"
MADE_BY_US = ".made-by-klubba"
OWN_NAMES = ("secrets", "log", "migrated", "seal-heads", "sandbox.sqlite3*", "demo.lock", "postgres.lock")
ROOT_UID = 0


class HomeRefused(Refusal):
    """The home cannot be made, read or written."""


class HomeInUse(Refusal):
    """Another process holds this lock of the home and keeps it."""


def home_of(environ: Mapping[str, str]) -> Path:
    """`KLUBBA_HOME` as an absolute path, `.local` in the project when it is not set."""
    named = environ.get("KLUBBA_HOME", "").strip()
    return Path(named).expanduser().absolute() if named else DEFAULT_HOME


def make_home(home: Path) -> Path:
    """Make the folder if it is not there; one that is there keeps its mode.

    For root it is passable to others, because PostgreSQL, whose data lies in it, runs as another user.
    """
    with _refusing(home):
        home.parent.mkdir(parents=True, exist_ok=True)
        if not home.is_dir():
            _make_folder(home, mode=0o711 if os.geteuid() == ROOT_UID else 0o700)
            (home / MADE_BY_US).touch()
        if not os.access(home, os.W_OK | os.X_OK):
            raise PermissionError(13, "Permission denied", str(home))
    return home


def kept_secret(home: Path, name: str, *, prefix: str = "") -> str:
    """The secret of this name, made on first use and the same ever after, for racing processes too."""
    with _refusing(home):
        folder = make_home(home) / "secrets"
        kept = folder / name
        if not kept.exists():
            _make_folder(folder, mode=0o700)
            with locked(folder / ".lock"):
                if not kept.exists():
                    _write_private(kept, prefix + secrets.token_urlsafe(32))
        return kept.read_text().strip()


def remove_home(home: Path) -> None:
    """Remove the folder if we made it; of one that was there before, only what we are known to put there."""
    if (home / MADE_BY_US).exists() or home == DEFAULT_HOME:
        shutil.rmtree(home, ignore_errors=True)
        return
    for path in [found for pattern in OWN_NAMES for found in home.glob(pattern)]:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


@contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold the lock file; it is let go when the process ends, however it ends.

    Raises:
        HomeInUse: another process holds it and `wait` is false.
    """
    with open(path, "a", opener=_private_opener) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise HomeInUse(f"{path} is held by another process.") from None
        yield


def _make_folder(folder: Path, *, mode: int) -> None:
    """The mode counts from the first moment, whatever the umask is; an existing folder is left as it is."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        if not folder.is_dir():
            raise
    else:
        folder.chmod(mode)


def _write_private(path: Path, text: str) -> None:
    unfinished = path.with_name(f".{path.name}.unfinished")
    with open(unfinished, "w", opener=_private_opener) as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _private_opener(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


@contextmanager
def _refusing(home: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = (error.strerror or "it failed").lower()
        raise HomeRefused(
            f"Klubba cannot keep its data in {home} ({reason}): name a folder you may write with KLUBBA_HOME."
        ) from error
