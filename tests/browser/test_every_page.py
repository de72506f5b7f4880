"""Every page, measured in a real browser: on a desk and in a hand, by day and by night, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.dresses import DESKTOP, PHONE, Dress, seen_by
from tests.browser.history import History, whole_history
from tests.browser.measuring import MEASURE
from tests.browser.sights import Sight, sights
from tests.dashboards import catalogue
from tests.live import running_klubba

pytestmark = pytest.mark.xdist_group("every page")
RAW = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")
TOUCH_PX, DESK_PX = 44, 24
AXE = Axe()
AXE_ASKED = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
    # It takes most of axe's time, and is measured here for every word.
    "rules": {"color-contrast": {"enabled": False}},
}


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory, chromium_path: object) -> Iterator[History]:
    """A Klubba of these pages' own, where everything has happened."""
    with running_klubba(tmp_path_factory.mktemp("pages") / "home") as klubba:
        yield whole_history(klubba)


# Swedish has the longer words, and a phone the least room for them. Each page is seen once in either light.
DRESSES = [Dress(DESKTOP, False, "en"), Dress(PHONE, True, "sv")]


def test_every_page_is_fit_to_be_seen(browser: Browser, history: History) -> None:
    defects = [
        f"{sight.name} on {dress}: {defect}"
        for dress in DRESSES
        for who, theirs in _by_person(history).items()
        for sight, defect in _defects_of(browser, history, who, theirs, dress)
    ]
    assert not defects, "\n".join(defects)


def _defects_of(
    browser: Browser, history: History, who: str, theirs: list[Sight], dress: Dress
) -> Iterator[tuple[Sight, str]]:
    with seen_by(browser, history.klubba, who, dress) as page:
        for sight in theirs:
            sight.reach(page, history.klubba.site + sight.path)
            yield from ((sight, defect) for defect in _defects(page, dress.width, dress.language))


def _by_person(history: History) -> dict[str, list[Sight]]:
    """All but Stripe's own page, which is not ours to mend."""
    found: dict[str, list[Sight]] = {}
    for sight in sights(history):
        if sight.name != "seller-at-stripe":
            found.setdefault(sight.who, []).append(sight)
    return found


def _defects(page: Page, width: int, language: str) -> Iterator[str]:
    seen = page.evaluate(MEASURE, TOUCH_PX if width == PHONE else DESK_PX)
    if seen["width"] > width:
        yield f"{seen['width']} px wide"
    yield from (f"stands out to the right: {text}" for text in seen["outside"])
    yield from (f"too small to hit: {text}" for text in seen["small"])
    if len(seen["headings"]) != 1 or not seen["headings"][0].strip():
        yield f"its first headings are {seen['headings']}"
    if seen["lang"] != language:
        yield f"speaks {seen['lang']}"
    yield from (f"a raw word: {word}" for word in RAW.findall(seen["words"]))
    if language == "sv":
        yield from (f"English: {sentence}" for sentence in _english_in(seen["words"]))
    yield from (f"hard to read: {text}" for text in seen["pale"])
    yield from _barriers(page)


def _barriers(page: Page) -> Iterator[str]:
    """What keeps somebody out, by axe's rules: WCAG 2.2 AA and what is known to be good."""
    for broken in AXE.run(page, options=AXE_ASKED).response["violations"]:
        yield from (f"{broken['id']}: {node['html'][:160]}" for node in broken["nodes"])


def _english_in(words: str) -> list[str]:
    """Sentences of ours that stand there untranslated."""
    return [sentence for sentence in ENGLISH if sentence in words]


ENGLISH = [
    str(message.id)
    for message in catalogue.written_catalogue()
    if isinstance(message.id, str) and len(message.id) > 12 and "%" not in message.id
]
