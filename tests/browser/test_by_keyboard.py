"""Signing in, finding what is to be paid and paying it, with the keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Frame, Page, expect

from test_complete_payment_dashboard_integration import win_an_auction
from tests.browser.test_paying import is_paid
from tests.browser.watching import OpenPage
from tests.live import PASSWORD, Klubba, Person

pytestmark = pytest.mark.xdist_group("running")

MOST_STOPS = 60
NAME = """
    element => element === document.body ? "BODY"
        : element.ariaLabel || (element.labels && element.labels[0] && element.labels[0].textContent)
        || element.textContent || element.title || element.tagName
"""
OUTLINE = "element => { const s = getComputedStyle(element); return s.outlineStyle + ' ' + s.outlineWidth }"


def focused(page: Page) -> tuple[str, Frame, str]:
    """The name of what has the focus, where it is, and how its outline is drawn."""
    frame = page.main_frame
    while True:
        element = frame.evaluate_handle("document.activeElement").as_element()
        assert element is not None
        inner = element.content_frame()
        if inner is None:
            name = " ".join(str(element.evaluate(NAME)).split())
            return name, frame, str(element.evaluate(OUTLINE))
        frame = inner


def tab_to(page: Page, name: str) -> None:
    """As often as it takes; whatever has the focus on the way shows that it has it."""
    met = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        found, frame, outline = focused(page)
        if frame == page.main_frame and found != "BODY":
            assert outline == "solid 2px", f"{found} does not show that it has the focus: {outline}"
        if re.fullmatch(name, found):
            return
        met.append(found)
    raise AssertionError(f"no way to {name}, but to {met}")


def test_who_has_no_mouse_signs_in_finds_the_bill_and_pays(
    klubba: Klubba, saga: Person, bo: Person, open_page: OpenPage
) -> None:
    win_an_auction(saga, bo, amount="4100.00", title="Walnut desk")
    page = open_page()
    page.goto(f"{klubba.site}/sign-in/")
    assert focused(page)[0] == "E-mail"
    page.keyboard.type("bo@klubba.example")
    tab_to(page, "Password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/buyer/"))

    page.keyboard.press("Tab")
    assert focused(page)[0] == "Skip to the content"
    page.keyboard.press("Enter")
    tab_to(page, r"Pay 4,100\.00 SEK .*Walnut desk.*")
    page.keyboard.press("Enter")
    expect(page.frame_locator("#card iframe").get_by_label("Card number")).to_be_visible()
    for field, typed in (
        ("Card number", "4242424242424242"),
        ("Expiration date", "1234"),
        ("Security code", "123"),
    ):
        tab_to(page, field)
        page.keyboard.type(typed)
    tab_to(page, r"Pay 4,100\.00 SEK")
    page.keyboard.press("Enter")

    is_paid(page)
