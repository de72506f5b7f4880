"""Disks that are soon full."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

import pytest

from config.postgres_place import Place


@contextmanager
def small_disk(place: Place, *, megabytes: int) -> Iterator[Path]:
    """A disk that this place's PostgreSQL may write to; where nobody may mount one, the test is left out."""
    folder = Path(mkdtemp(dir="/var/tmp", prefix="klubba-disk-"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    try:
        if subprocess.run(mount, check=False).returncode:
            pytest.skip("no disk can be mounted here")
        try:
            place.user.own(folder)
            yield folder
        finally:
            subprocess.run(["umount", folder], check=True)
    finally:
        folder.rmdir()


def make_room(folder: Path, *, megabytes: int) -> None:
    """The disk becomes as large as that, with what is on it."""
    subprocess.run(["mount", "-o", f"remount,size={megabytes}m", folder], check=True)
