"""Two people look at one sale, each in a window of their own, and see what the other does."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from test_complete_payment_dashboard_integration import pay_at_stripe, win_an_auction
from tests.browser.test_paying import sign_in
from tests.browser.watching import OpenPage, Watched
from tests.live import Klubba, Person, wait_for

pytestmark = pytest.mark.xdist_group("running")

PATIENCE_MS = 20_000
Window = Callable[[str, str], Page]


@pytest.fixture
def window(klubba: Klubba, open_page: OpenPage) -> Window:
    """Somebody's page, live, and marked: the mark is gone if it is loaded again."""

    def open_window(name: str, path: str) -> Page:
        page = open_page()
        sign_in(page, klubba, f"{name}@klubba.example")
        page.goto(f"{klubba.site}{path}")
        expect(page.locator("#live")).to_have_attribute("data-is", "live", timeout=PATIENCE_MS)
        page.evaluate("window.neverLoadedAgain = true")
        return page

    return open_window


def never_loaded_again(*pages: Page) -> bool:
    return all(page.evaluate("window.neverLoadedAgain === true") for page in pages)


def a_title() -> str:
    return f"Chair {uuid.uuid4().hex[:8]}"


def started(bo: Person, bid_id: int) -> object:
    return bo.post("/api/payments/payment-intent/", bid_id=bid_id)


def test_each_sees_what_the_other_does(klubba: Klubba, saga: Person, bo: Person, window: Window) -> None:
    title = a_title()
    buyers, sellers = window("bo", "/buyer/"), window("saga", "/seller/")

    bid_id = win_an_auction(saga, bo, amount="11000.00", title=title)
    expect(buyers.locator(".dues", has_text=title)).to_be_visible(timeout=PATIENCE_MS)
    pay_at_stripe(klubba, started(bo, bid_id))

    expect(sellers.locator("tbody tr", has_text=title)).to_be_visible(timeout=PATIENCE_MS)
    expect(buyers.locator("tbody tr", has_text=title)).to_contain_text("Paid", timeout=PATIENCE_MS)
    assert never_loaded_again(buyers, sellers)


def test_what_came_while_the_server_was_dead_is_there_when_it_is_back(
    klubba: Klubba, saga: Person, bo: Person, window: Window, watched: Watched
) -> None:
    title = a_title()
    watched.expect(r"net::ERR|EventSource|503")
    sellers = window("saga", "/seller/")
    intent = started(bo, win_an_auction(saga, bo, amount="11000.00", title=title))
    before = klubba.balance_minor("platform:commission")

    klubba.kill("web")
    expect(sellers.locator("#live")).to_have_text(re.compile("Reconnecting"), timeout=PATIENCE_MS)
    pay_at_stripe(klubba, intent)
    wait_for(lambda: klubba.balance_minor("platform:commission") != before)  # The worker asked Stripe.
    klubba.start("web")

    expect(sellers.locator("tbody tr", has_text=title)).to_be_visible(timeout=PATIENCE_MS)
    expect(sellers.locator("#live")).to_have_attribute("data-is", "live")
    assert never_loaded_again(sellers)


def test_no_row_moves_under_the_pointer(klubba: Klubba, saga: Person, bo: Person, window: Window) -> None:
    first, second = a_title(), a_title()
    pay_at_stripe(klubba, started(bo, win_an_auction(saga, bo, amount="11000.00", title=first)))
    sellers = window("saga", "/seller/")
    expect(sellers.locator("tbody tr", has_text=first)).to_be_visible(timeout=PATIENCE_MS)
    sellers.locator("tbody tr", has_text=first).hover()

    pay_at_stripe(klubba, started(bo, win_an_auction(saga, bo, amount="11000.00", title=second)))

    show = sellers.get_by_role("button", name="Something changed. Show it")
    expect(show).to_be_visible(timeout=PATIENCE_MS)
    wait_for(
        lambda: second not in sellers.locator("main").inner_text() and first in sellers.inner_text("main")
    )
    wait_for(lambda: _shown(sellers, second))
    assert never_loaded_again(sellers)


def _shown(page: Page, title: str) -> bool:
    """Press it as often as something changed."""
    show = page.get_by_role("button", name="Something changed. Show it")
    if show.is_visible():
        show.click()
    return title in page.inner_text("main")


def test_a_hidden_tab_rests_and_is_up_to_date_when_it_is_looked_at(
    klubba: Klubba, saga: Person, bo: Person, window: Window
) -> None:
    title = a_title()
    sellers = window("saga", "/seller/")
    hide = "Object.defineProperty(document, 'hidden', {get: () => %s, configurable: true});"
    change = "document.dispatchEvent(new Event('visibilitychange'))"
    sellers.evaluate(hide % "true" + change)

    pay_at_stripe(klubba, started(bo, win_an_auction(saga, bo, amount="11000.00", title=title)))
    wait_for(lambda: title in str(saga.get("/api/payments/transactions/")))
    assert title not in sellers.inner_text("main")
    sellers.evaluate(hide % "false" + change)

    expect(sellers.locator("tbody tr", has_text=title)).to_be_visible(timeout=PATIENCE_MS)


def test_who_signs_out_elsewhere_is_sent_to_the_sign_in(klubba: Klubba, window: Window) -> None:
    sellers = window("saga", "/seller/")
    other = sellers.context.new_page()
    other.goto(f"{klubba.site}/seller/")
    other.locator("summary").first.click()
    other.get_by_role("button", name="Sign out").click()

    expect(sellers).to_have_url(re.compile("/sign-in/"), timeout=12_000)


def test_a_look_that_failed_is_taken_again(
    klubba: Klubba, saga: Person, bo: Person, window: Window, watched: Watched
) -> None:
    title, answers = a_title(), ["busy", "busy", "gone"]
    watched.expect(r"503|net::ERR")
    sellers = window("saga", "/seller/")

    def answer(route: Route) -> None:
        match answers.pop() if answers else "":
            case "busy":
                route.fulfill(status=503)
            case "gone":
                route.abort()
            case _:
                route.continue_()

    sellers.route("**/seller/", answer)
    pay_at_stripe(klubba, started(bo, win_an_auction(saga, bo, amount="11000.00", title=title)))

    expect(sellers.locator("tbody tr", has_text=title)).to_be_visible(timeout=PATIENCE_MS)
    expect(sellers.locator("#live")).to_have_attribute("data-is", "live", timeout=PATIENCE_MS)
    assert answers == []
    assert never_loaded_again(sellers)


def test_a_page_that_has_been_hidden_opens_no_stream(
    klubba: Klubba, window: Window, watched: Watched
) -> None:
    sellers = window("saga", "/seller/")
    watched.requests.clear()
    sellers.evaluate(
        "Object.defineProperty(document, 'hidden', {get: () => true, configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    sellers.wait_for_timeout(3000)

    assert [request.url for request in watched.requests if "/live/" in request.url] == []
