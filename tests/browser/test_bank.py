"""A seller tells Stripe where the bank is, at Stripe's own page, and comes back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_paying import sign_in
from tests.browser.watching import Watched
from tests.live import Klubba, Person, running_klubba, wait_for

pytestmark = pytest.mark.xdist_group("bank")


@pytest.fixture(scope="module")
def klubba(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Klubba]:
    """One whose seller has no account yet."""
    with running_klubba(tmp_path_factory.mktemp("bank") / "home") as klubba:
        yield klubba


def test_bank_details_are_entered_at_stripe_and_their_last_digits_come_back(
    klubba: Klubba, page: Page, watched: Watched
) -> None:
    watched.expect("favicon.ico")  # The sandbox's own page has none.
    sign_in(page, klubba, "saga@klubba.example")
    expect(page.get_by_role("main")).to_contain_text("Tell Stripe where your bank is")
    page.get_by_role("button", name="Add bank details").click()
    page.wait_for_url(f"{klubba.sandbox}/**")

    page.get_by_role("button", name="Complete").click()

    page.wait_for_url(f"{klubba.site}/seller/bank/")
    saga = Person(klubba, "saga@klubba.example")
    ready = wait_for(lambda: (a := saga.get("/api/payments/account/"))["status"] == "ready" and a)
    page.reload()
    expect(page.get_by_role("main")).to_contain_text(f"····{ready['bank_last4']}")
    expect(page.get_by_role("button", name="Add bank details")).to_have_count(0)
