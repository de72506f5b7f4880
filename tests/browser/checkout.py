"""What a buyer does at the shop's page, in words the tests can read."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import FrameLocator, Page, expect

CheckOut = Callable[..., dict]
FRAME = "#card-form iframe"


def card_form(page: Page) -> FrameLocator:
    return page.frame_locator(FRAME)


def pay_with(page: Page, chip: str) -> None:
    card_form(page).get_by_role("button", name=chip).click()
    page.get_by_role("button", name="Pay").click()


def bank_of(page: Page) -> FrameLocator:
    return page.frame_locator("dialog iframe").frame_locator("iframe")


def outcome_is(page: Page, words: str | re.Pattern[str]) -> None:
    expect(page.locator("#outcome")).to_have_text(words, timeout=15_000)
