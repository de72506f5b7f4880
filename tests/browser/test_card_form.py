"""The card form itself: how it takes what is typed, what it says, how it looks and is reached."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checkout import FRAME, CheckOut, card_form, outcome_is, pay_with
from tests.browser.watching import OpenPage, Watched

pytestmark = pytest.mark.xdist_group("stripejs")


def test_what_is_missing_is_said_beside_each_field_and_nothing_is_sent(
    page: Page, check_out: CheckOut, watched: Watched
) -> None:
    check_out(page)
    page.get_by_role("button", name="Pay").click()

    outcome_is(page, "Your card number is incomplete.")
    form = card_form(page)
    expect(form.locator("#number-error")).to_have_text("Your card number is incomplete.")
    expect(form.locator("#expiry-error")).to_have_text("Your card’s expiration date is incomplete.")
    expect(form.locator("#cvc-error")).to_have_text("Your card’s security code is incomplete.")
    expect(form.get_by_label("Card number")).to_be_focused()
    assert not [request for request in watched.requests if "/confirm" in request.url]


@pytest.mark.parametrize(
    ("label", "typed", "shown"),
    [
        ("Card number", "4242424242424242", "4242 4242 4242 4242"),
        ("Card number", "378282246310005", "3782 822463 10005"),
        ("Card number", "4242-4242 4242x4242999", "4242 4242 4242 4242"),
        ("Expiration date", "5", "05 / "),
        ("Expiration date", "1/29", "01 / 29"),
        ("Expiration date", "12/2029", "12 / 29"),
        ("Security code", "12345", "123"),
    ],
)
def test_a_field_shapes_what_is_written_into_it(
    label: str, typed: str, shown: str, page: Page, check_out: CheckOut
) -> None:
    check_out(page)
    field = card_form(page).get_by_label(label)
    field.fill(typed)
    expect(field).to_have_value(shown)


def test_backspace_and_the_caret_do_what_people_mean(page: Page, check_out: CheckOut) -> None:
    check_out(page)
    form = card_form(page)
    expiry = form.get_by_label("Expiration date")
    expiry.click()
    expiry.press_sequentially("12")
    expect(expiry).to_have_value("12 / ")
    expiry.press("Backspace")
    expect(expiry).to_have_value("1")

    number = form.get_by_label("Card number")
    number.press_sequentially("42424")
    for key in ["ArrowLeft", "ArrowLeft", "ArrowLeft", "9"]:
        number.press(key)
    expect(number).to_have_value("4249 24")
    assert number.evaluate("(field) => field.selectionStart") == 4


@pytest.mark.parametrize(
    ("label", "written", "said"),
    [
        ("Card number", "4242424242424241", "Your card number is invalid."),
        ("Expiration date", "1325", "Your card’s expiration month is invalid."),
        ("Expiration date", "0120", "Your card’s expiration year is in the past."),
    ],
)
def test_a_whole_but_wrong_entry_is_told_at_once(
    label: str, written: str, said: str, page: Page, check_out: CheckOut
) -> None:
    check_out(page)
    field = card_form(page).get_by_label(label)
    field.fill(written)
    expect(card_form(page).get_by_text(said)).to_be_visible()
    expect(field).to_have_attribute("aria-invalid", "true")


def test_what_the_bank_says_of_a_field_stands_beside_it(
    page: Page, check_out: CheckOut, watched: Watched
) -> None:
    watched.expect("status of 402")
    check_out(page)
    card_form(page).get_by_role("button", name="Succeeds").click()
    card_form(page).get_by_label("Card number").fill("4000000000000127")
    page.get_by_role("button", name="Pay").click()
    expect(card_form(page).locator("#cvc-error")).to_have_text("Your card’s security code is incorrect.")


def test_it_hears_ready_change_focus_and_escape(page: Page, check_out: CheckOut) -> None:
    check_out(page)
    card_form(page).get_by_role("button", name="Succeeds").click()
    page.keyboard.press("Escape")
    expect(page.locator("body")).to_have_attribute("data-heard", re.compile("focus.*change.*escape"))
    last = page.evaluate("heard.findLast((event) => event.name === 'change')")
    assert last == {
        "name": "change",
        "elementType": "payment",
        "empty": False,
        "complete": True,
        "collapsed": False,
        "value": {"type": "card"},
    }


def test_the_keyboard_alone_reaches_everything_in_order(page: Page, check_out: CheckOut) -> None:
    check_out(page)
    names = []
    page.keyboard.press("Tab")
    for _ in range(7):
        frame = next(frame for frame in page.frames if "payment-element" in frame.url)
        names.append(frame.evaluate("document.activeElement.id || document.activeElement.textContent"))
        page.keyboard.press("Tab")
    assert names == ["number", "expiry", "cvc", "Succeeds", "Declined", "Needs approval", "Slow webhook"]
    expect(page.get_by_role("button", name="Pay")).to_be_focused()


def test_it_speaks_swedish(page: Page, check_out: CheckOut, watched: Watched) -> None:
    watched.expect("status of 402")
    check_out(page, locale="sv")
    expect(card_form(page).get_by_label("Utgångsdatum")).to_have_attribute("placeholder", "MM / ÅÅ")
    pay_with(page, "Nekas")
    outcome_is(page, "Kortet nekades.")


@pytest.mark.parametrize(("theme", "scheme"), [("night", "dark"), ("stripe", "light")])
def test_the_page_chooses_light_or_dark(theme: str, scheme: str, page: Page, check_out: CheckOut) -> None:
    check_out(page, theme=theme)
    assert color_scheme_of(page) == scheme


def test_the_page_can_change_its_look_and_language_while_it_stands(page: Page, check_out: CheckOut) -> None:
    check_out(page, theme="stripe")
    card_form(page).get_by_role("button", name="Succeeds").click()
    page.evaluate(
        """elements.update({
          appearance: {theme: "night", variables: {colorPrimary: "rgb(1, 2, 3)", borderRadius: "2px"}},
          locale: "sv",
        })"""
    )
    expect(card_form(page).get_by_label("Kortnummer")).to_have_value("4242 4242 4242 4242")
    expect(card_form(page).locator("html")).to_have_css("color-scheme", "dark")
    expect(card_form(page).locator(".number .box")).to_have_css("border-radius", "2px")
    pressed = card_form(page).get_by_role("button", name="Lyckas")
    expect(pressed).to_have_css("border-color", "rgb(1, 2, 3)")


def test_without_a_choice_it_follows_the_system(open_page: OpenPage, check_out: CheckOut) -> None:
    page = open_page(dark=True)
    check_out(page)
    assert color_scheme_of(page) == "dark"
    page.emulate_media(color_scheme="light")
    expect(card_form(page).locator("html")).to_have_css("color-scheme", "light")


@pytest.mark.parametrize("width", [320, 390])
def test_nothing_is_cut_off_on_a_small_screen(width: int, open_page: OpenPage, check_out: CheckOut) -> None:
    page = open_page(width=width, height=700)
    check_out(page)
    page.get_by_role("button", name="Pay").click()
    expect(card_form(page).locator("#cvc-error")).not_to_be_empty()
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overflow) == 0
    assert card_form(page).locator("html").evaluate(f"() => {overflow}") == 0
    inner = card_form(page).locator("body").bounding_box()
    outer = page.locator(FRAME).bounding_box()
    assert inner and outer and inner["height"] <= outer["height"] + 1


def color_scheme_of(page: Page) -> str:
    return card_form(page).locator("html").evaluate("(root) => getComputedStyle(root).colorScheme")
