"""How PostgreSQL's programs are told where the database is, and which dump and which program is taken."""

from __future__ import annotations

import os
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings

from config.drill.drilling import run_drill
from config.drill.dumps import holds_password, newest_dump, take_dump, unnamed_file
from config.drill.verdicts import DrillRefused
from config.embedded_postgres import MAJOR_VERSION

PASSWORD = "säkert lösen"
# A pg_dump that notes how it was started.
NOTING = """#!/bin/sh
[ "$1" = --version ] && echo 'pg_dump (PostgreSQL) {version}.1' && exit
echo "$0 $*" > "$HOME/argv"
env > "$HOME/env"
echo 'pg_dump: error: it is not the day.' >&2
echo 'DETAIL: bo@klubba.example' >&2
exit 1
"""
SERVER = int(MAJOR_VERSION)


@pytest.fixture
def url() -> str:
    """The tests' server, to which a password is nothing that it asks for."""
    return settings.DATABASE_URL.replace("klubba@", f"klubba:{quote(PASSWORD)}@") + "&connect_timeout=7"


@pytest.fixture
def noting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Path]:
    """Puts one of this version on the PATH; answers the folder where it notes."""
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_test_of_the_surroundings")

    def put(version: int) -> Path:
        (tmp_path / "pg_dump").write_text(NOTING.format(version=version))
        (tmp_path / "pg_dump").chmod(0o755)
        return tmp_path

    return put


def test_a_password_is_in_the_programs_environment_and_on_no_command_line(
    url: str, noting: Callable[[int], Path]
) -> None:
    noted = noting(SERVER)
    with unnamed_file() as file, pytest.raises(DrillRefused) as refused:
        take_dump(url, file)

    assert str(refused.value) == "The database cannot be dumped: pg_dump: error: it is not the day."
    assert (noted / "argv").read_text().split() == [str(noted / "pg_dump"), "--format=custom"]
    environment = dict(line.split("=", 1) for line in (noted / "env").read_text().splitlines())
    wanted = {"PGUSER": "klubba", "PGPASSWORD": PASSWORD, "PGDATABASE": "klubba", "PGCONNECT_TIMEOUT": "7"}
    assert {name: environment.get(name) for name in wanted} == wanted
    assert Path(environment["PGHOST"]).is_dir()
    assert not [name for name in environment if name.startswith(("STRIPE", "SECRET", "DATABASE"))]


@pytest.mark.parametrize("version", [SERVER - 1, SERVER + 1])
def test_the_program_of_the_servers_own_version_is_taken(
    url: str, noting: Callable[[int], Path], version: int
) -> None:
    """An older one refuses the server, and a newer one may write what this server cannot read."""
    noted = noting(version)
    with unnamed_file() as file:
        take_dump(url, file)
        assert file.seek(0, os.SEEK_END) > 0
    assert not (noted / "argv").exists()


def test_another_servers_password_is_not_taken_from_the_command_line() -> None:
    for into in (
        "postgresql://olga:hemligt@db.example/klubba",
        "postgresql://db.example/klubba?password=hemligt",
    ):
        assert holds_password(into)
        with pytest.raises(DrillRefused, match="PGPASSWORD"):
            run_drill("postgresql://127.0.0.1:1/none", say=print, into=into)
    assert not holds_password("postgresql://olga@db.example/klubba")
    with pytest.raises(DrillRefused, match="begins with postgresql://"):
        holds_password("mysql://db.example/klubba")


def test_a_server_that_does_not_answer_is_told_in_a_sentence(tmp_path: Path) -> None:
    FileIO(tmp_path / "a.dump", "w").close()
    with pytest.raises(DrillRefused, match="The database does not answer: connection"):
        run_drill("postgresql://olga:hemligt@127.0.0.1:1/none", say=print, dump=tmp_path)


def test_of_a_folder_the_newest_dump_is_taken(tmp_path: Path) -> None:
    for age, name in enumerate(["klubba-2026-11-27.dump", "klubba-2026-11-26.dump", "unfinished"]):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (1_000 - age, 1_000 - age))
    os.utime(tmp_path / "unfinished", (2_000, 2_000))

    assert newest_dump(tmp_path).name == "klubba-2026-11-27.dump"
    assert newest_dump(tmp_path / "unfinished").name == "unfinished"
    for named in (tmp_path / "none.dump", tmp_path / "nowhere"):
        with pytest.raises(DrillRefused, match="is not there"):
            newest_dump(named)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DrillRefused, match=r"There is no \*.dump in"):
        newest_dump(tmp_path / "empty")
