"""The ground the browser tests stand on: a Chromium, pages that are watched, a sandbox, a small shop."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser import closing_line
from tests.browser.checkout import CheckOut, card_form
from tests.browser.chromium import FLAGS, NoBrowser, find_chromium
from tests.browser.sandbox_process import Sandbox, run_sandbox
from tests.browser.shop_server import Shop, serve_shop
from tests.browser.watching import OpenPage, Watched, watch
from tests.live import Klubba, Person

PROJECT = Path(__file__).parents[2]


def pytest_configure(config: pytest.Config) -> None:
    """The closing line, for a run that did not name it with `-p` (as one over several processes must)."""
    if not config.pluginmanager.is_registered(closing_line):
        config.pluginmanager.register(closing_line)


@pytest.fixture(scope="session")
def chromium_path(request: pytest.FixtureRequest) -> Path:
    """The browser's executable; without one the test is skipped, or fails under REQUIRE_BROWSER=1."""
    home = Path(os.environ.get("KLUBBA_HOME", PROJECT / ".local"))
    try:
        return find_chromium(home=home, say=_saying(request.config))
    except NoBrowser as refusal:
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(str(refusal), pytrace=False)
        pytest.skip(str(refusal))


def _saying(config: pytest.Config) -> Callable[[str], None]:
    capture = config.pluginmanager.getplugin("capturemanager")

    def say(sentence: str) -> None:
        with capture.global_and_fixture_disabled():
            os.write(2, f"\n{sentence}\n".encode())

    return say


@pytest.fixture(scope="module")
def browser(chromium_path: Path) -> Iterator[Browser]:
    """One browser a module: playwright's event loop must be gone before tests elsewhere begin.

    While it runs, Django would take every query for an asynchronous one and refuse it.
    """
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=chromium_path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def watched() -> Iterator[Watched]:
    """What the pages of this test complained of; an unexpected complaint fails the test."""
    watched = Watched()
    yield watched
    assert not watched.unexpected(), "\n".join(watched.unexpected())


@pytest.fixture
def open_page(browser: Browser, watched: Watched) -> Iterator[OpenPage]:
    """Opens watched pages: `open_page(width=390, height=844, dark=True, locale="sv-SE")`."""
    contexts = []

    def open_one(*, width: int = 1280, height: int = 800, dark: bool = False, locale: str = "en-GB") -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            locale=locale,
            timezone_id="Europe/Stockholm",
        )
        contexts.append(context)
        watch(context, watched)
        return context.new_page()

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page()


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The real sandbox, as a process of its own on a free port."""
    with run_sandbox(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def shop(sandbox: Sandbox) -> Iterator[Shop]:
    with serve_shop(sandbox_origin=sandbox.origin) as shop:
        yield shop


@pytest.fixture
def check_out(shop: Shop, sandbox: Sandbox) -> CheckOut:
    """Opens the shop for a new payment intent, and answers the intent."""

    def go(page: Page, **query: str) -> dict:
        intent = sandbox.create_intent()
        page.goto(shop.address(client_secret=intent["client_secret"], **query))
        expect(card_form(page).locator("form")).to_be_visible()
        return intent

    return go


@pytest.fixture
def saga(klubba: Klubba) -> Person:
    return Person(klubba, "saga@klubba.example")


@pytest.fixture
def bo(klubba: Klubba) -> Person:
    return Person(klubba, "bo@klubba.example")
