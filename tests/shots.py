"""`make shots`: the README's pictures. `make shots INTO=folder`: every page in every dress."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from itertools import groupby
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from config.home import PROJECT
from tests.browser.chromium import FLAGS, find_chromium
from tests.browser.dresses import DESKTOP, DRESSES, Dress, seen_by
from tests.browser.history import tidy_history, whole_history
from tests.browser.sights import Sight, sights
from tests.live import Klubba, running_klubba

SHOTS = PROJECT / "docs" / "shots"
OF_THE_README = [
    Sight("buyer", "bo", "/buyer/", lambda page, address: page.goto(address)),
    Sight("seller", "saga", "/seller/", lambda page, address: page.goto(address)),
    Sight("operator", "olga", "/operator/", lambda page, address: page.goto(address)),
]


def main() -> None:
    """`ONLY` is a pattern for `page-dress`, such as `buyer.*-dark-sv`."""
    home = Path(os.environ.get("KLUBBA_HOME", PROJECT / ".local"))
    chromium = find_chromium(home=home, say=print)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_klubba(Path(folder) / "home") as klubba,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        if into := os.environ.get("INTO"):
            shoot_everything(browser, klubba, Path(into), only=os.environ.get("ONLY", ""))
        else:
            shoot_for_the_readme(browser, klubba)
        browser.close()


def shoot_for_the_readme(browser: Browser, klubba: Klubba) -> None:
    tidy_history(klubba)
    for sight in OF_THE_README:
        shoot(browser, klubba, [sight], Dress(DESKTOP, False, "en"), SHOTS, named="{name}")


def shoot_everything(browser: Browser, klubba: Klubba, into: Path, *, only: str) -> None:
    history = whole_history(klubba)
    everything = sights(history)
    for dress in DRESSES:
        wanted = [sight for sight in everything if re.search(only, f"{sight.name}-{dress}")]
        for _, theirs in groupby(wanted, key=lambda sight: sight.who):
            shoot(browser, klubba, list(theirs), dress, into, named=f"{{name}}-{dress}")


def shoot(
    browser: Browser, klubba: Klubba, theirs: list[Sight], dress: Dress, into: Path, *, named: str
) -> None:
    """One person's pages in one dress."""
    into.mkdir(parents=True, exist_ok=True)
    with seen_by(browser, klubba, theirs[0].who, dress) as page:
        for sight in theirs:
            sight.reach(page, klubba.site + sight.path)
            page.screenshot(path=into / f"{named.format(name=sight.name)}.png", full_page=True)


if __name__ == "__main__":
    sys.exit(main())
