"""What is handed to systemd: it can read it, and it starts what there is."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from config.home import PROJECT
from config.lever import own_commands
from config.stopping import UNIT_MAY_END_SECONDS

UNITS = sorted((PROJECT / "deploy" / "systemd").glob("klubba-*"))
OURS = [unit for unit in UNITS if "manage.py" in unit.read_text()]
NOT_HERE = "is not executable: No such file or directory"


def setting(unit: Path, name: str) -> str:
    (line,) = [line for line in unit.read_text().splitlines() if line.startswith(f"{name}=")]
    return line.partition("=")[2]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_finds_nothing_wrong_but_that_it_is_not_installed() -> None:
    checked = subprocess.run(
        ["systemd-analyze", "verify", *map(str, UNITS)], capture_output=True, text=True, check=False
    )

    assert [line for line in checked.stderr.splitlines() if NOT_HERE not in line] == []


def test_the_units_start_commands_that_there_are_and_give_them_time_to_end() -> None:
    commands = [setting(unit, "ExecStart").split("manage.py ")[1].split()[0] for unit in OURS]
    assert commands == ["drill", "serve", "work"]
    assert set(commands) <= set(own_commands())
    for unit in OURS:
        assert int(setting(unit, "TimeoutStopSec")) > UNIT_MAY_END_SECONDS
