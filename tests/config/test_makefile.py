"""What somebody meets who has not got what Klubba needs. Each time a copy, with a PATH of its own."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from config.home import PROJECT

OLD = '#!/bin/sh\ncase "$*" in *version_info*) exit 1;; esac\nexit 0\n'
WITHOUT_VENV = '#!/bin/sh\ncase "$*" in *ensurepip*) exit 1;; esac\nexit 0\n'
WITHOUT_NETWORK = """#!/bin/sh
case "$*" in
*"-m venv"*) mkdir -p .venv/bin && printf '#!/bin/sh\\necho "no such host" >&2; exit 1\\n' > .venv/bin/pip
    chmod +x .venv/bin/pip;;
esac
"""


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder with the Makefile and the locks, and beside it a PATH of a few programs."""
    copy = tmp_path / "klubba"
    shutil.copytree(PROJECT / "requirements", copy / "requirements")
    shutil.copy(PROJECT / "Makefile", copy)
    (tmp_path / "bin").mkdir()
    for program in ("make", "sh", "cksum", "cut", "rm", "mkdir", "chmod", "touch"):
        (tmp_path / "bin" / program).symlink_to(shutil.which(program) or "")
    return copy


def make_demo(machine: Path, *, python: str | None) -> subprocess.CompletedProcess[str]:
    programs = machine.parent / "bin"
    if python:
        (programs / "python3").write_text(python)
        (programs / "python3").chmod(0o755)
    environ = {"PATH": str(programs), "HOME": os.devnull}
    return subprocess.run(
        [str(programs / "make"), "demo"], cwd=machine, env=environ, capture_output=True, text=True
    )


def test_without_python_it_is_one_sentence(machine: Path) -> None:
    ended = make_demo(machine, python=None)

    assert ended.returncode != 0
    assert ended.stderr.splitlines()[0] == (
        "Klubba needs Python 3.11 or newer, and there is none on the PATH."
    )


def test_with_an_old_python_it_is_one_sentence(machine: Path) -> None:
    ended = make_demo(machine, python=OLD)

    assert ended.returncode != 0
    assert ended.stderr.startswith("Klubba needs Python 3.11 or newer")


def test_without_venv_it_is_one_sentence(machine: Path) -> None:
    ended = make_demo(machine, python=WITHOUT_VENV)

    assert ended.returncode != 0
    assert ended.stderr.startswith("This Python lacks venv and pip")


def test_packages_that_cannot_be_had_are_told_and_tried_again_the_next_time(machine: Path) -> None:
    for _ in range(2):
        ended = make_demo(machine, python=WITHOUT_NETWORK)

        assert ended.returncode != 0
        assert "no such host" in ended.stderr
        assert "The packages could not be installed" in ended.stderr


def test_manage_py_tells_an_old_python_what_is_needed() -> None:
    """Only its first lines run there, so they must be understood by any Python 3."""
    head = (PROJECT / "manage.py").read_text().split("try:")[0].replace("(3, 11)", "(99, 0)")
    ended = subprocess.run(["python3", "-c", head], capture_output=True, text=True)

    assert ended.returncode == 1
    assert ended.stderr.startswith("Klubba needs Python 3.11 or newer, and this is 3.")
