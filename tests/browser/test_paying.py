"""A buyer pays at Klubba's own checkout, in a real browser, with processes that really run."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from test_complete_payment_dashboard_integration import win_an_auction
from tests.browser.watching import OpenPage, Watched
from tests.live import PASSWORD, Klubba, Person

pytestmark = pytest.mark.xdist_group("running")

PATIENCE_MS = 20_000
Checkout = Callable[..., Page]


@pytest.fixture
def checkout(klubba: Klubba, saga: Person, bo: Person, open_page: OpenPage) -> Checkout:
    """Bo, signed in by hand, before the card form of an auction he has won."""

    def open_checkout(**look: object) -> Page:
        bid_id = win_an_auction(saga, bo, amount="11000.00")
        page = open_page(**look)
        sign_in(page, klubba, "bo@klubba.example")
        page.goto(f"{klubba.site}/pay/{bid_id}/")
        page.get_by_role("button", name="Go on to the card").click()
        return page

    return open_checkout


def sign_in(page: Page, klubba: Klubba, email: str) -> None:
    page.goto(f"{klubba.site}/sign-in/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(re.compile(r"/(buyer|seller|operator)/"))


def card(page: Page) -> FrameLocator:
    return page.frame_locator("#card iframe")


def pay(page: Page) -> None:
    page.get_by_role("button", name="Pay 11,000.00 SEK").click()


def type_card(page: Page, number: str) -> None:
    """Key by key, after a click into the form, as a person does: a frame that was only told to take the
    focus may take it after the first keys, and lose them."""
    card(page).get_by_label("Card number").click()
    card(page).get_by_label("Card number").press_sequentially(number)
    card(page).get_by_label("Expiration date").press_sequentially("1234")
    card(page).get_by_label("Security code").press_sequentially("123")


def bank(page: Page) -> FrameLocator:
    return page.frame_locator("dialog iframe").frame_locator("iframe")


def is_paid(page: Page) -> None:
    expect(page.locator("[data-case=paid]")).to_be_visible(timeout=PATIENCE_MS)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_card_pays_and_the_page_says_so_when_the_books_do(
    checkout: Checkout, bo: Person, watched: Watched, width: int
) -> None:
    page = checkout(width=width)
    type_card(page, "4242424242424242")

    pay(page)

    is_paid(page)
    expect(page.get_by_role("main")).to_contain_text("11,000.00 SEK")
    newest = bo.get("/api/payments/payment-intent/?limit=1")[0]
    assert (newest["status"], newest["outcome"]) == ("succeeded", "sale")
    assert watched.third_party_requests() == []


def test_a_declined_card_says_what_to_do_and_another_card_pays(checkout: Checkout, watched: Watched) -> None:
    watched.expect("402")
    page = checkout()
    card(page).get_by_role("button", name="Declined").click()
    pay(page)
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("Nothing was charged", timeout=PATIENCE_MS)

    card(page).get_by_role("button", name="Succeeds").click()
    pay(page)

    is_paid(page)


def test_a_card_that_needs_approval_is_paid_once_the_bank_has_it(checkout: Checkout) -> None:
    page = checkout()
    card(page).get_by_role("button", name="Needs approval").click()
    pay(page)
    bank(page).get_by_role("button", name="Complete").click()

    is_paid(page)


def test_an_approval_that_fails_charges_nothing_and_can_be_tried_again(checkout: Checkout) -> None:
    page = checkout()
    card(page).get_by_role("button", name="Needs approval").click()
    pay(page)
    bank(page).get_by_role("button", name="Fail").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was charged", timeout=PATIENCE_MS)

    card(page).get_by_role("button", name="Succeeds").click()
    pay(page)

    is_paid(page)


def test_the_seller_sees_the_sale_and_its_dated_payout(
    klubba: Klubba, checkout: Checkout, open_page: OpenPage
) -> None:
    page = checkout()
    card(page).get_by_role("button", name="Succeeds").click()
    pay(page)
    is_paid(page)

    desk = open_page()
    sign_in(desk, klubba, "saga@klubba.example")

    expect(desk.get_by_role("main")).to_contain_text("10,230.00 SEK")
    expect(desk.get_by_role("main")).to_contain_text("PO-")


def test_looking_begins_nothing_and_one_press_at_the_list_leads_to_the_card(
    klubba: Klubba, saga: Person, bo: Person, open_page: OpenPage
) -> None:
    title = "Gilded mirror"
    bid_id = win_an_auction(saga, bo, amount="3000.00", title=title)
    page = open_page()
    sign_in(page, klubba, "bo@klubba.example")
    page.goto(f"{klubba.site}/pay/{bid_id}/")
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("3,000.00 SEK")
    assert bid_id not in [payment["bid_id"] for payment in bo.get("/api/payments/payment-intent/?limit=100")]

    page.goto(f"{klubba.site}/buyer/")
    page.get_by_role("button", name=f"Pay 3,000.00 SEK {title}").click()
    card(page).get_by_role("button", name="Succeeds").click()
    page.get_by_role("button", name="Pay 3,000.00 SEK").click()

    is_paid(page)


def test_paid_already_there_is_no_form(klubba: Klubba, checkout: Checkout) -> None:
    page = checkout()
    card(page).get_by_role("button", name="Succeeds").click()
    pay(page)
    is_paid(page)

    page.reload()

    expect(page.get_by_role("main")).to_contain_text("paid", ignore_case=True)
    expect(page.locator("#checkout")).to_have_count(0)
