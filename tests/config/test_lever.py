"""`manage.py`, by hand."""

import os
import subprocess
import sys
from pathlib import Path

from config.home import PROJECT
from config.lever import own_commands

HOME = Path(os.environ["KLUBBA_HOME"])


def manage(*arguments: str, home: Path = HOME, **variables: str) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": os.environ["PATH"], "KLUBBA_HOME": str(home)} | variables
    argv = [sys.executable, "manage.py", *arguments]
    return subprocess.run(argv, cwd=PROJECT, env=environ, capture_output=True, text=True)


def test_alone_it_lists_the_projects_own_commands_with_one_line_each() -> None:
    ended = manage()
    lines = ended.stdout.splitlines()

    assert ended.returncode == 0
    assert {line.split()[0] for line in lines} == {*own_commands(), "migrate"}
    assert {"demo", "serve", "work", "seed", "sandbox", "postgres", "clean"} <= set(own_commands())
    assert [line for line in lines if len(line.split()) < 3] == []


def test_listing_starts_nothing(tmp_path: Path) -> None:
    manage(home=tmp_path / "home")
    manage("postgres", "status", home=tmp_path / "home")

    assert not (tmp_path / "home").exists()


def test_a_command_there_is_not_is_told_so() -> None:
    ended = manage("nonsense")

    assert ended.returncode != 0
    assert "nonsense" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_database_that_does_not_answer_is_one_sentence(tmp_path: Path) -> None:
    ended = manage("migrate", home=tmp_path / "home", DATABASE_URL="postgresql://a:b@127.0.0.1:1/c")

    assert ended.returncode == 2
    assert ended.stderr.startswith("The database does not answer: ")
    assert ended.stderr.count("\n") == 1


def test_a_home_in_nobodys_reach_is_one_sentence() -> None:
    for arguments in (("migrate",), ("serve",), ("postgres", "start")):
        ended = manage(*arguments, home=Path("/proc/klubba"))

        assert ended.returncode == 2
        assert ended.stderr.startswith("Klubba cannot keep its data in /proc/klubba")
        assert ended.stderr.count("\n") == 1


def test_clean_removes_a_home_that_was_made_here_and_leaves_a_strangers_files(tmp_path: Path) -> None:
    made, found = tmp_path / "made", tmp_path / "found"
    found.mkdir()
    (found / "letters.txt").write_text("mine")
    for home in (made, found):
        assert manage("postgres", "start", home=home).returncode == 0
        assert manage("clean", home=home).returncode == 0

    assert not made.exists()
    assert [path.name for path in found.iterdir()] == ["letters.txt"]
    assert manage("clean", home=made).returncode == 0
