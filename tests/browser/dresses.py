"""How pages are looked at: on a desk and in a hand, by day and by night, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product

from playwright.sync_api import Browser, Page

from tests.live import PASSWORD, Klubba

DESKTOP, PHONE = 1280, 390
LOCALES = {"en": "en-GB", "sv": "sv-SE"}


@dataclass(frozen=True)
class Dress:
    """How a page is looked at."""

    width: int
    dark: bool
    language: str

    def __str__(self) -> str:
        device = "phone" if self.width == PHONE else "desktop"
        return f"{device}-{'dark' if self.dark else 'light'}-{self.language}"


DRESSES = [Dress(*dress) for dress in product((DESKTOP, PHONE), (False, True), LOCALES)]


@contextmanager
def seen_by(browser: Browser, klubba: Klubba, who: str, dress: Dress) -> Iterator[Page]:
    """A page of somebody who signed in and never chose a language: the browser's wish decides."""
    context = browser.new_context(
        viewport={"width": dress.width, "height": 844 if dress.width == PHONE else 800},
        color_scheme="dark" if dress.dark else "light",
        locale=LOCALES[dress.language],
        has_touch=dress.width == PHONE,
        timezone_id="Europe/Stockholm",
    )
    page = context.new_page()
    if who:
        page.goto(f"{klubba.site}/sign-in/?email={who}@klubba.example")
        page.locator("#password").fill(PASSWORD)
        page.locator("main form.fields button").click()
        page.wait_for_url(lambda url: "sign-in" not in url)
    yield page
    context.close()
