"""Dumps, by PostgreSQL's own programs: taken, and read into a database that is empty.

A password reaches them in their environment, which nobody else can read, and never on a command line.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from io import FileIO
from pathlib import Path

from psycopg import Error, connect, pq

from config.drill.verdicts import DrillFailed, DrillRefused
from config.postgres_place import programs_of_wheel

DUMPS = "*.dump"
# What holds for tables yet to be made: only who owns the others may say it.
OF_TABLES_TO_COME = b" DEFAULT ACL "
VERSION = re.compile(r"\) (\d+)")


def newest_dump(named: Path) -> Path:
    """The file that is named, or the newest `*.dump` in the folder that is.

    Raises:
        DrillRefused: there is none, or it may not be read.
    """
    dumps = sorted(named.glob(DUMPS), key=lambda dump: dump.stat().st_mtime) if named.is_dir() else [named]
    if not dumps:
        raise DrillRefused(f"There is no {DUMPS} in {named}.")
    if not os.access(dumps[-1], os.R_OK):
        raise DrillRefused(f"{dumps[-1]} is not there, or may not be read.")
    return dumps[-1]


def take_dump(url: str, into: FileIO) -> None:
    """Write the database as it is at one moment into the file.

    Raises:
        DrillRefused: it cannot be dumped; nothing was changed.
    """
    said = _run([_program("pg_dump", url=url), "--format=custom"], url=url, stdout=into)
    if said is not None:
        raise DrillRefused(f"The database cannot be dumped: {said}.")


def restore_dump(dump: FileIO, *, url: str) -> None:
    """Read the dump into the empty database, everything in it owned by who does so, with all its grants.

    Raises:
        DrillFailed: it is no dump, or not a whole one, or the server will not have it.
    """
    program = _program("pg_restore", url=url)
    with unnamed_file() as listed, unnamed_file() as wanted:
        said = _run([program, "--list"], url=url, stdin=dump, stdout=listed)
        if said is None:
            listed.seek(0)
            lines = listed.read().splitlines(keepends=True)
            wanted.write(b"".join(line for line in lines if OF_TABLES_TO_COME not in line))
            name = _told(url)[b"dbname"].decode()
            argv = [
                "--exit-on-error",
                "--no-owner",
                f"--use-list=/dev/fd/{wanted.fileno()}",
                f"--dbname={name}",
            ]
            said = _run([program, *argv], url=url, stdin=dump, handed=wanted)
    if said is not None:
        raise DrillFailed(f"The dump cannot be restored: {said}.")


def unnamed_file() -> FileIO:
    """A file that is gone when nobody holds it any more, however they end; without a buffer, to be shared."""
    return tempfile.TemporaryFile(buffering=0)


def surroundings(url: str) -> dict[str, str]:
    """The environment of PostgreSQL's programs: where the database is, how to get in, and no more."""
    own = {name: value for name, value in os.environ.items() if name.startswith("PG")}
    own |= {name: os.environ[name] for name in ("HOME", "TMPDIR") if name in os.environ}
    told = _told(url)
    for option in pq.Conninfo.get_defaults():
        if option.envvar and option.keyword in told:
            own[option.envvar.decode()] = told[option.keyword].decode()
    return own | {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}


def holds_password(url: str) -> bool:
    """Whether whoever reads the address can get in with it.

    Raises:
        DrillRefused: it is no address of a database.
    """
    return b"password" in {key for key, value in _told(url).items() if value}


def _told(url: str) -> dict[bytes, bytes]:
    """What the address says, by libpq's own keywords."""
    try:
        return {option.keyword: option.val for option in pq.Conninfo.parse(url.encode()) if option.val}
    except Error:
        raise DrillRefused(
            "The address of the database cannot be read: it begins with postgresql://."
        ) from None


def _program(name: str, *, url: str) -> Path:
    """The oldest that is not older than the server, of those on the PATH and in the embedded PostgreSQL.

    An older one refuses the server, and what a newer one sets an older server may not know.
    """
    on_path, own = shutil.which(name), programs_of_wheel()
    known = {_version(path): path for path in (own and own / name, on_path) if path}
    if not known:
        raise DrillRefused(f"{name} is not on the PATH: install PostgreSQL's client programs.")
    server = _version_of_server(url)
    return Path(known[min((version for version in known if version >= server), default=max(known))])


def _version(program: str | Path) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    version = VERSION.search(said.stdout)
    return int(version[1]) if version else 0


def _version_of_server(url: str) -> int:
    try:
        with connect(url, connect_timeout=5) as server:
            return server.info.server_version // 10_000
    except Error as failure:
        raise DrillRefused(f"The database does not answer: {str(failure).splitlines()[0]}.") from failure


def _run(
    argv: Sequence[str | Path],
    *,
    url: str,
    stdin: FileIO | None = None,
    stdout: FileIO | None = None,
    handed: FileIO | None = None,
) -> str | None:
    """Run the program to its end, on files from their beginning; what it complains of if it fails, else None.

    Its first complaint alone: what follows may quote rows.
    """
    for file in (stdin, handed):
        if file is not None:
            file.seek(0)
    ended = subprocess.run(
        [str(part) for part in argv],
        env=surroundings(url),
        stdin=stdin or subprocess.DEVNULL,
        stdout=stdout or subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        pass_fds=[handed.fileno()] if handed else [],
        check=False,
    )
    if ended.returncode == 0:
        return None
    said = ended.stderr.decode(errors="replace").splitlines()
    return next((line for line in said if "error:" in line), f"it ended with {ended.returncode}").rstrip(".")
