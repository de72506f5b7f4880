"""A second factor in a real browser: the picture is one that an app can read, and the code lets in."""

from __future__ import annotations

import re

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.live import PASSWORD, Klubba

pytestmark = pytest.mark.xdist_group("running")
STYLE = """(path) => {
  const seen = getComputedStyle(path);
  return [seen.strokeWidth, seen.strokeLinecap, seen.stroke, seen.fill];
}"""


def test_it_is_set_up_and_asked_for(klubba: Klubba, page: Page) -> None:
    page.goto(f"{klubba.site}/sign-in/?next=/security/second-factor/")
    page.locator("#email").fill("mallory@klubba.example")
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()

    ground, modules = (page.locator(".qr path").nth(number).evaluate(STYLE) for number in (0, 1))
    assert ground[2:] == ["none", "rgb(255, 255, 255)"]
    assert modules[:3] == ["1px", "butt", "rgb(0, 0, 0)"]
    secret = page.locator(".secret").inner_text().replace(" ", "")
    page.locator("#code").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your recovery codes")
    recovery = page.locator(".codes code").first.inner_text()

    page.get_by_role("link", name="I have them").click()
    page.context.clear_cookies()
    page.goto(f"{klubba.site}/sign-in/?email=mallory@klubba.example")
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Enter a code")
    page.locator("#code").fill(recovery)
    page.get_by_role("button", name="Go on").click()
    expect(page).to_have_url(re.compile("/buyer/"))

    page.goto(f"{klubba.site}/security/")
    page.get_by_role("link", name="Remove it").click()
    page.get_by_role("button", name="Remove the second factor").click()
    expect(page.get_by_role("link", name="Set it up")).to_be_visible()
