"""A Chromium that is already here, or one that can be had. Playwright's own download is never used."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

# The headless shell is the same engine without the rest of the browser, at half the work.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "microsoft-edge")
PACKAGES = ("chromium-headless-shell", "chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
APT_INSTALL = ("apt-get", "install", "-y", "-o", "DPkg::Lock::Timeout=600")
APT_UPDATE = ("apt-get", "update", "-o", "DPkg::Lock::Timeout=600")
NPM_INSTALL = ("npm", "install", "--no-audit", "--no-fund", "@sparticuz/chromium")
INFLATE = (
    "import('@sparticuz/chromium')"
    ".then(async ({default: chromium}) => console.log(await chromium.executablePath()))"
)
Say = Callable[[str], None]


class NoBrowser(Exception):
    """No browser could be had; says why, and the command that would help."""

    def __init__(self, *, why: str, command: str) -> None:
        super().__init__(f"browser: NOT RUN ({why}; try: {command})")


def find_chromium(*, home: Path, say: Say) -> Path:
    """The executable of a browser that answers `--version`, installed under way if need be.

    An npm Chromium goes to `home`; what takes time or changes the machine is said first.

    Raises:
        NoBrowser: nothing here, and nothing could be installed.
    """
    if named := os.environ.get("BROWSER_PATH"):
        return _named_browser(Path(named))
    tried: list[str] = []
    for path in _candidates(home, say, tried):
        if _answers(path):
            return path
        tried.append(f"{path} does not run")
    raise NoBrowser(why="; ".join(tried), command=_helping_command())


def _named_browser(path: Path) -> Path:
    if _answers(path):
        return path
    raise NoBrowser(why=f"BROWSER_PATH is {path}, which does not run", command="unset BROWSER_PATH")


def _candidates(home: Path, say: Say, tried: list[str]) -> Iterator[Path]:
    yield from _on_path()
    tried.append(f"none of {', '.join(NAMES)} on PATH")
    yield from _from_apt(say, tried)
    yield from _from_npm(home / "browser", say, tried)


def _on_path() -> Iterator[Path]:
    for name in NAMES:
        if found := shutil.which(name):
            yield Path(found)


def _from_apt(say: Say, tried: list[str]) -> Iterator[Path]:
    if os.geteuid() != 0 or not Path("/etc/debian_version").exists() or not shutil.which("apt-get"):
        tried.append("not root on Debian")
        return
    if not any(map(_apt_knows, PACKAGES)):
        say("browser: apt does not know chromium yet, running " + " ".join(APT_UPDATE))
        _run(APT_UPDATE, minutes=10)
    install = (*APT_INSTALL, next(filter(_apt_knows, PACKAGES), PACKAGES[-1]))
    say("browser: none found, running " + " ".join(install))
    if _run(install, minutes=20) is None:
        tried.append(f"apt-get could not install {install[-1]}")
        return
    yield from _on_path()


def _apt_knows(package: str) -> bool:
    known = _run(("apt-cache", "show", package), minutes=1)
    return bool(known and known.strip())


def _from_npm(folder: Path, say: Say, tried: list[str]) -> Iterator[Path]:
    if not (shutil.which("npm") and shutil.which("node")):
        tried.append("no npm")
        return
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "node_modules/@sparticuz/chromium").exists():
        say("browser: running " + " ".join(NPM_INSTALL))
        _run((*NPM_INSTALL, "--prefix", str(folder)), minutes=10)
    inflated = _run(("node", "-e", INFLATE), minutes=2, cwd=folder)
    if not inflated:
        tried.append("npm could not install @sparticuz/chromium")
        return
    yield Path(inflated.strip().splitlines()[-1])


def _helping_command() -> str:
    if Path("/etc/debian_version").exists():
        return "sudo apt-get install chromium"
    return "install Chromium, or set BROWSER_PATH to one"


def _answers(path: Path) -> bool:
    return bool(_run((str(path), "--version", "--no-sandbox"), minutes=1))


def _run(command: tuple[str, ...], *, minutes: int, cwd: Path | None = None) -> str | None:
    """What the command printed, or None when it failed, hung or does not exist."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=True,
            timeout=minutes * 60,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout


def main() -> int:
    """Say where the browser is, so that it can be had before the tests start."""
    home = Path(os.environ.get("KLUBBA_HOME", ".local"))
    try:
        print(find_chromium(home=home, say=lambda sentence: print(sentence, flush=True)))
    except NoBrowser as refusal:
        print(refusal)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
