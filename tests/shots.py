"""`make shots`: every page as a person sees it, into docs/shots/."""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from config.home import PROJECT
from test_complete_payment_dashboard_integration import pay_at_stripe, win_an_auction
from tests.browser.chromium import FLAGS, find_chromium
from tests.live import PASSWORD, Klubba, Person, running_klubba, wait_for

SHOTS = PROJECT / "docs" / "shots"
SALES = {"Rococo chest, 1780": "11000.00", "Brass chandelier": "4250.00", "Six Gustavian chairs": "830.50"}


@dataclass(frozen=True)
class Look:
    """How a page is looked at; the desktop's light one has the plain name."""

    suffix: str
    width: int
    dark: bool


LOOKS = (
    Look("", 1280, False),
    Look("-dark", 1280, True),
    Look("-phone", 390, False),
    Look("-phone-dark", 390, True),
)


def main() -> None:
    home = Path(os.environ.get("KLUBBA_HOME", PROJECT / ".local"))
    chromium = find_chromium(home=home, say=print)
    SHOTS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running_klubba(Path(folder) / "home") as klubba:
        pages = play(klubba)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
            for look in LOOKS:
                shoot_all(browser, klubba, pages, look)
            browser.close()


def play(klubba: Klubba) -> dict[str, tuple[str, str]]:
    """A little history; answers the pages to look at: name -> (who looks, path)."""
    saga, bo = Person(klubba, "saga@klubba.example"), Person(klubba, "bo@klubba.example")
    for title, amount in SALES.items():
        bid_id = win_an_auction(saga, bo, amount=amount, title=title)
        started = bo.post("/api/payments/payment-intent/", bid_id=bid_id)
        pay_at_stripe(klubba, started)
    paid = started["payment_intent"]["id"]
    wait_for(lambda: bo.get(f"/api/payments/payment-intent/{paid}/")["outcome"])
    to_pay = win_an_auction(saga, bo, amount="2400.00", title="Mora clock, about 1820")
    begun = win_an_auction(saga, bo, amount="1800.00", title="Rag rug, Leksand")
    bo.post("/api/payments/payment-intent/", bid_id=begun)
    payout = saga.get("/api/payments/payouts/")[0]["id"]
    return {
        "front": ("", "/"),
        "sign-in": ("", "/sign-in/"),
        "buyer": ("bo", "/buyer/"),
        "begin": ("bo", f"/pay/{to_pay}/"),
        "checkout": ("bo", f"/pay/{begun}/"),
        "payment": ("bo", f"/payments/{paid}/"),
        "seller": ("saga", "/seller/"),
        "sale": ("saga", f"/payments/{paid}/"),
        "payout": ("saga", f"/payouts/{payout}/"),
        "operator": ("olga", "/operator/"),
        "operator-webhooks": ("olga", "/operator/webhooks/"),
        "not-found": ("bo", "/payments/00000000-0000-0000-0000-000000000000/"),
        "nothing-yet": ("mallory", "/buyer/"),
    }


def shoot_all(browser: Browser, klubba: Klubba, pages: dict[str, tuple[str, str]], look: Look) -> None:
    for who in dict.fromkeys(who for who, _ in pages.values()):
        context = browser.new_context(
            viewport={"width": look.width, "height": 800},
            color_scheme="dark" if look.dark else "light",
            locale="en-GB",
        )
        page = context.new_page()
        if who:
            sign_in(page, klubba, who)
        for name, (viewer, path) in pages.items():
            if viewer == who:
                page.goto(klubba.site + path)
                page.wait_for_load_state("networkidle")
                page.screenshot(path=SHOTS / f"{name}{look.suffix}.png", full_page=True)
        context.close()


def sign_in(page: Page, klubba: Klubba, who: str) -> None:
    page.goto(f"{klubba.site}/sign-in/")
    page.get_by_label("E-mail").fill(f"{who}@klubba.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "sign-in" not in url)


if __name__ == "__main__":
    sys.exit(main())
