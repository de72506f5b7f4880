"""How a browser is found, and what is said when there is none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser import chromium
from tests.browser.chromium import NoBrowser, find_chromium

PROJECT = Path(__file__).parents[2]
ONE_BROWSER_TEST = "tests/browser/test_stripejs.py::TestPaying::test_a_good_card_pays_once"


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture(autouse=True)
def a_bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No browser named, an empty PATH, and nobody who may install one."""
    monkeypatch.delenv("BROWSER_PATH", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)


def put_program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{sys.executable}\n{script}\n")
    path.chmod(0o755)
    return path


def test_the_named_browser_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: list[str]) -> None:
    mine = put_program(tmp_path / "mine", "print('Chromium 150')")
    monkeypatch.setenv("BROWSER_PATH", str(mine))
    assert find_chromium(home=tmp_path, say=said.append) == mine


def test_a_named_browser_that_does_not_run_is_a_refusal_and_no_search(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: list[str]
) -> None:
    put_program(tmp_path / "bin/chromium", "print('Chromium 150')")
    monkeypatch.setenv("BROWSER_PATH", str(tmp_path / "nothing"))
    with pytest.raises(NoBrowser, match=r"^browser: NOT RUN \(BROWSER_PATH is .* unset BROWSER_PATH\)$"):
        find_chromium(home=tmp_path, say=said.append)


def test_a_stub_that_cannot_run_is_passed_over(tmp_path: Path, said: list[str]) -> None:
    put_program(tmp_path / "bin/chromium", "raise SystemExit('install the snap')")
    real = put_program(tmp_path / "bin/google-chrome", "print('Google Chrome 150')")
    assert find_chromium(home=tmp_path, say=said.append) == real


@pytest.mark.parametrize(
    ("known", "package", "updates"),
    [
        ("chromium-headless-shell chromium", "chromium-headless-shell", 0),
        ("chromium", "chromium", 0),
        ("", "chromium", 1),
    ],
)
def test_root_on_debian_installs_the_smallest_that_apt_knows_and_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: list[str], known: str, package: str, updates: int
) -> None:
    """A list that knows of none is updated first."""
    if not Path("/etc/debian_version").exists():
        pytest.skip("This machine is no Debian.")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    put_program(
        tmp_path / "bin/apt-cache",
        f"import sys\nif sys.argv[-1] in {known.split()!r}:\n    print('Package:', sys.argv[-1])",
    )
    installed = tmp_path / "bin" / package
    put_program(
        tmp_path / "bin/apt-get",
        f"import sys, pathlib\nprogram = pathlib.Path({str(installed)!r})\n"
        f"if 'install' in sys.argv:\n"
        f"    program.write_text('#!{sys.executable}\\nprint(150)')\n    program.chmod(0o755)",
    )
    assert find_chromium(home=tmp_path, say=said.append) == installed
    *updated, install = said
    assert [" ".join(chromium.APT_UPDATE) in sentence for sentence in updated] == [True] * updates
    assert install.endswith(" ".join((*chromium.APT_INSTALL, package)))


def test_without_a_browser_or_a_way_to_one_it_says_why_and_what_would_help(
    tmp_path: Path, said: list[str]
) -> None:
    with pytest.raises(NoBrowser) as refusal:
        find_chromium(home=tmp_path, say=said.append)
    assert (
        "none of chromium-headless-shell, chromium, chromium-browser, google-chrome, microsoft-edge on PATH"
        in str(refusal.value)
    )
    assert "not root on Debian; no npm; try: " in str(refusal.value)
    assert said == []


@pytest.mark.parametrize("processes", ["0", "2"])
def test_the_line_before_the_last_tells_that_no_browser_was_had(tmp_path: Path, processes: str) -> None:
    lines = pytest_without_browser(tmp_path, processes=processes, required="")
    assert lines[-2].startswith("browser: NOT RUN (BROWSER_PATH is ")
    assert "1 skipped" in lines[-1]


def test_where_a_browser_is_required_its_absence_is_a_failure(tmp_path: Path) -> None:
    lines = pytest_without_browser(tmp_path, processes="0", required="1")
    assert lines[-2].startswith("browser: NOT RUN (")
    assert "1 error" in lines[-1]


def pytest_without_browser(folder: Path, *, processes: str, required: str) -> list[str]:
    settings = folder / "pytest.ini"
    settings.write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-c", str(settings), "--rootdir", str(PROJECT)]
    command += ["--confcutdir", str(Path(__file__).parent)]
    command += ["-p", "tests.browser.closing_line", "-n", processes]
    environment = os.environ | {"BROWSER_PATH": str(folder / "nothing"), "REQUIRE_BROWSER": required}
    for name in [name for name in environment if name.startswith("PYTEST_")]:
        del environment[name]
    command += ["-p", "no:cacheprovider", "-p", "no:django", ONE_BROWSER_TEST]
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    return done.stdout.strip().splitlines()
