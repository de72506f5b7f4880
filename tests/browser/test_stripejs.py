"""Paying at a page with the sandbox's Stripe.js, as a buyer's browser does: every process is real."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.checkout import FRAME, CheckOut, bank_of, card_form, outcome_is, pay_with
from tests.browser.sandbox_process import Sandbox
from tests.browser.shop_server import Shop
from tests.browser.watching import Watched

pytestmark = pytest.mark.xdist_group("stripejs")


class TestPaying:
    def test_a_good_card_pays_once(self, page: Page, check_out: CheckOut, sandbox: Sandbox) -> None:
        intent = check_out(page)
        pay_with(page, "Succeeds")

        outcome_is(page, "Paid: succeeded")
        assert sandbox.retrieve_intent(intent["id"])["status"] == "succeeded"
        assert [charge["amount"] for charge in sandbox.charges_of(intent["id"])] == [1_100_000]

    def test_a_declined_card_is_told_so_and_another_card_pays(
        self, page: Page, check_out: CheckOut, watched: Watched, sandbox: Sandbox
    ) -> None:
        watched.expect("status of 402")
        intent = check_out(page)
        pay_with(page, "Declined")
        outcome_is(page, "Your card was declined.")
        error = page.evaluate("window.verdict.error")
        assert (error["type"], error["code"]) == ("card_error", "card_declined")
        assert error["decline_code"] == "generic_decline"
        assert error["payment_intent"]["status"] == "requires_payment_method"

        pay_with(page, "Succeeds")
        outcome_is(page, "Paid: succeeded")
        assert sandbox.retrieve_intent(intent["id"])["amount_received"] == 1_100_000

    def test_the_card_with_the_late_webhook_pays_too(self, page: Page, check_out: CheckOut) -> None:
        check_out(page)
        pay_with(page, "Slow webhook")
        outcome_is(page, "Paid: succeeded")

    def test_a_card_typed_by_hand_pays_and_enter_is_enough(self, page: Page, check_out: CheckOut) -> None:
        check_out(page)
        form = card_form(page)
        form.get_by_label("Card number").click()
        page.keyboard.type("4242424242424242", delay=5)
        page.keyboard.type("1234", delay=5)
        page.keyboard.type("123", delay=5)
        expect(form.get_by_label("Card number")).to_have_value("4242 4242 4242 4242")
        expect(form.get_by_label("Expiration date")).to_have_value("12 / 34")
        page.keyboard.press("Enter")
        outcome_is(page, "Paid: succeeded")

    def test_a_second_call_while_one_runs_is_refused_and_pays_nothing(
        self, page: Page, check_out: CheckOut, sandbox: Sandbox
    ) -> None:
        intent = check_out(page)
        card_form(page).get_by_role("button", name="Succeeds").click()
        first, second = page.evaluate(
            """() => {
              const payment = {elements, redirect: "if_required"};
              return Promise.all([stripe.confirmPayment(payment), stripe.confirmPayment(payment)]);
            }"""
        )
        assert first["paymentIntent"]["status"] == "succeeded"
        assert second["error"]["code"] == "lock_timeout"
        assert len(sandbox.charges_of(intent["id"])) == 1

    def test_an_answer_lost_on_the_way_is_not_called_a_failure(
        self, page: Page, check_out: CheckOut, watched: Watched, sandbox: Sandbox
    ) -> None:
        def deliver_and_lose(route: Route) -> None:
            route.fetch()
            route.abort("connectionreset")

        watched.expect("ERR_CONNECTION_RESET")
        intent = check_out(page)
        page.route("**/confirm", deliver_and_lose)
        pay_with(page, "Succeeds")
        outcome_is(page, "Paid: succeeded")
        assert len(sandbox.charges_of(intent["id"])) == 1

    def test_a_server_out_of_reach_is_said_without_a_verdict(
        self, page: Page, check_out: CheckOut, watched: Watched
    ) -> None:
        watched.expect("ERR_FAILED")
        check_out(page)
        page.route("**/v1/**", lambda route: route.abort())
        pay_with(page, "Succeeds")
        outcome_is(page, re.compile("We could not reach the payment server"))


class TestApproval:
    def test_a_payment_approved_at_the_bank_is_paid(
        self, page: Page, check_out: CheckOut, sandbox: Sandbox
    ) -> None:
        intent = check_out(page)
        pay_with(page, "Needs approval")
        bank_of(page).get_by_role("button", name="Complete").click()

        outcome_is(page, "Paid: succeeded")
        expect(page.locator("dialog")).to_have_count(0)
        assert sandbox.retrieve_intent(intent["id"])["status"] == "succeeded"

    @pytest.mark.parametrize("way_out", ["Fail", "Cancel", "Escape"])
    def test_a_payment_refused_at_the_bank_can_be_paid_with_another_card(
        self, way_out: str, page: Page, check_out: CheckOut, sandbox: Sandbox
    ) -> None:
        intent = check_out(page)
        pay_with(page, "Needs approval")
        expect(bank_of(page).get_by_role("button", name="Fail")).to_be_visible()
        leave_bank(page, way_out)

        outcome_is(page, re.compile("not approved by its holder"))
        assert page.evaluate("window.verdict.error.code") == "payment_intent_authentication_failure"
        assert sandbox.retrieve_intent(intent["id"])["status"] == "requires_payment_method"
        pay_with(page, "Succeeds")
        outcome_is(page, "Paid: succeeded")

    def test_the_bank_may_take_its_time(self, page: Page, check_out: CheckOut) -> None:
        page.clock.install()
        check_out(page)
        pay_with(page, "Needs approval")
        expect(bank_of(page).get_by_role("button", name="Complete")).to_be_visible()
        page.clock.fast_forward(10 * 60 * 1000)
        bank_of(page).get_by_role("button", name="Complete").click()
        outcome_is(page, "Paid: succeeded")

    def test_a_next_action_begun_elsewhere_is_carried_through(
        self, page: Page, check_out: CheckOut, sandbox: Sandbox
    ) -> None:
        intent = check_out(page)
        sandbox.confirm_intent(intent["id"], payment_method="pm_card_threeDSecure2Required")
        page.evaluate(
            """(clientSecret) => {
              stripe.handleNextAction({clientSecret}).then(({paymentIntent}) => {
                document.getElementById("outcome").textContent = paymentIntent.status;
              });
            }""",
            intent["client_secret"],
        )
        bank_of(page).get_by_role("button", name="Complete").click()
        outcome_is(page, "succeeded")


def leave_bank(page: Page, way_out: str) -> None:
    if way_out == "Escape":
        page.keyboard.press("Escape")
    elif way_out == "Cancel":
        page.frame_locator("dialog iframe").get_by_role("button", name="Cancel").click()
    else:
        bank_of(page).get_by_role("button", name="Fail").click()


class TestThePage:
    def test_redirect_always_leaves_for_the_return_address(
        self, page: Page, check_out: CheckOut, watched: Watched
    ) -> None:
        intent = check_out(page, redirect="always")
        pay_with(page, "Succeeds")
        page.wait_for_url(re.compile(r"redirect_status=succeeded"))
        assert f"payment_intent={intent['id']}&" in page.url
        assert f"payment_intent_client_secret={intent['client_secret']}" in page.url

    def test_the_page_can_ask_how_the_intent_stands(self, page: Page, check_out: CheckOut) -> None:
        intent = check_out(page)
        answer = page.evaluate("(secret) => stripe.retrievePaymentIntent(secret)", intent["client_secret"])
        assert answer["paymentIntent"]["id"] == intent["id"]
        assert page.evaluate("elements.fetchUpdates()") == {}

    def test_a_payment_method_is_made_without_paying(
        self, page: Page, check_out: CheckOut, sandbox: Sandbox
    ) -> None:
        intent = check_out(page)
        card_form(page).get_by_role("button", name="Succeeds").click()
        answer = page.evaluate("stripe.createPaymentMethod({elements})")
        assert answer["paymentMethod"]["card"]["last4"] == "4242"
        assert sandbox.retrieve_intent(intent["id"])["status"] == "requires_payment_method"

    def test_a_wrong_secret_is_a_load_error(
        self, page: Page, shop: Shop, sandbox: Sandbox, watched: Watched
    ) -> None:
        watched.expect("status of 4")
        page.goto(shop.address(client_secret=f"{sandbox.create_intent()['id']}_secret_wrong"))
        expect(page.locator("body")).to_have_attribute("data-heard", re.compile("loaderror"))
        pay_error = page.evaluate("elements.submit()")
        assert pay_error["error"]["type"] == "invalid_request_error"

    def test_the_digits_of_the_card_never_reach_the_page(
        self, page: Page, check_out: CheckOut, sandbox: Sandbox, watched: Watched
    ) -> None:
        check_out(page)
        pay_with(page, "Succeeds")
        outcome_is(page, "Paid: succeeded")

        assert "4242424242424242" not in page.content().replace(" ", "")
        assert "4242424242424242" not in str(page.evaluate("[heard, verdict]"))
        told = [request for request in watched.requests if "4242424242424242" in (request.post_data or "")]
        assert [request.frame.url.split("#")[0] for request in told] == [
            f"{sandbox.origin}/v3/payment-element.html"
        ]
        assert watched.third_party_requests() == []

    def test_a_stranger_cannot_speak_for_the_frame(self, page: Page, check_out: CheckOut) -> None:
        check_out(page)
        before = page.locator(FRAME).bounding_box()
        page.evaluate("""postMessage({from: "sandbox-stripejs", kind: "height", body: 4000}, "*")""")
        page.evaluate("new Promise(requestAnimationFrame)")
        assert page.locator(FRAME).bounding_box() == before

    def test_a_stranger_cannot_speak_to_the_frame(self, page: Page, check_out: CheckOut) -> None:
        check_out(page)
        card_form(page).get_by_role("button", name="Succeeds").click()
        with page.expect_popup() as opened:
            page.evaluate("window.open('/shop.css')")
        message = """{from: "sandbox-stripejs", kind: "clear"}"""
        opened.value.evaluate(f"opener.frames[0].postMessage({message}, '*')")
        card_form(page).locator("html").evaluate(f"() => postMessage({message}, '*')")
        card_form(page).locator("html").evaluate("() => new Promise(requestAnimationFrame)")
        expect(card_form(page).get_by_label("Card number")).to_have_value("4242 4242 4242 4242")
        page.evaluate("payment.clear()")
        expect(card_form(page).get_by_label("Card number")).to_have_value("")

    def test_a_paid_intent_is_not_offered_a_card_form(
        self, page: Page, check_out: CheckOut, sandbox: Sandbox
    ) -> None:
        intent = check_out(page)
        sandbox.confirm_intent(intent["id"], payment_method="pm_card_visa")
        page.reload()
        expect(page.locator("body")).to_have_attribute("data-heard", "loaderror")
        assert page.evaluate("heard[0].error.code") == "payment_intent_unexpected_state"
        expect(card_form(page).locator("form")).to_be_hidden()

    def test_unmounted_it_is_gone_and_mounted_again_it_pays(self, page: Page, check_out: CheckOut) -> None:
        check_out(page)
        page.evaluate("payment.unmount()")
        expect(page.locator(FRAME)).to_have_count(0)
        page.evaluate("payment.mount('#card-form')")
        pay_with(page, "Succeeds")
        outcome_is(page, "Paid: succeeded")

    def test_what_a_policy_forbids_is_noticed(
        self, page: Page, check_out: CheckOut, watched: Watched
    ) -> None:
        check_out(page)
        page.evaluate("document.body.setAttribute('style', 'color: red')")
        expect(page.locator("body")).to_have_attribute("style", "color: red")
        page.wait_for_timeout(0)
        assert any("style-src-attr refused inline" in complaint for complaint in watched.unexpected())
        watched.expect("style-src|inline style")
