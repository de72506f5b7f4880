"""Every test card does what it stands for, by token and by number."""

import time
from typing import Any

import httpx
import pytest

from tests import local

from .client import Client
from .listener import Listener
from .process import SandboxProcess, wait_until

DECLINES = [
    ("4000000000000002", "pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
    ("4000000000000002", "pm_card_chargeDeclined", "card_declined", "generic_decline"),
    (
        "4000000000009995",
        "pm_card_visa_chargeDeclinedInsufficientFunds",
        "card_declined",
        "insufficient_funds",
    ),
    ("4000000000009987", "pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
    ("4000000000009979", "pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
    ("4000000000000069", "pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
    ("4000000000000127", "pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc"),
    ("4000000000000119", "pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error"),
    ("4000000000000341", "pm_card_chargeCustomerFail", "card_declined", "generic_decline"),
]
NEW = {"amount": 5000, "currency": "sek"}


def by_number(number: str, **card: Any) -> dict[str, Any]:
    return {
        "type": "card",
        "card": {"number": number, "exp_month": 12, "exp_year": 2040, "cvc": "123", **card},
    }


@pytest.mark.parametrize(("number", "token", "code", "decline_code"), DECLINES)
def test_a_declined_card_is_a_402_that_says_why(
    api: Client, number: str, token: str, code: str, decline_code: str
) -> None:
    by_token = {**NEW, "confirm": True, "payment_method": token}
    numbered = {**NEW, "confirm": True, "payment_method_data": by_number(number)}

    for error in (api.refused("/v1/payment_intents", fields) for fields in (by_token, numbered)):
        assert (error["status"], error["type"]) == (402, "card_error")
        assert (error["code"], error["decline_code"]) == (code, decline_code)
        assert error["payment_intent"]["status"] == "requires_payment_method"
        assert error["payment_intent"]["payment_method"] is None
        assert error["payment_intent"]["last_payment_error"]["code"] == code
        charge = api.get(f"/v1/charges/{error['charge']}")
        assert (charge["status"], charge["failure_code"], charge["balance_transaction"]) == (
            "failed",
            code,
            None,
        )


def test_after_a_decline_another_card_pays(api: Client) -> None:
    intent = api.refused(
        "/v1/payment_intents", {**NEW, "confirm": True, "payment_method": "pm_card_chargeDeclined"}
    )
    identity = intent["payment_intent"]["id"]

    paid = api.post(f"/v1/payment_intents/{identity}/confirm", {"payment_method": "pm_card_visa"})

    assert (paid["status"], paid["last_payment_error"]) == ("succeeded", None)
    kinds = [line["status"] for line in api.journal() if line["payment_intent"] == identity]
    assert kinds == ["failed", "succeeded"]


@pytest.mark.parametrize(
    ("card", "code", "param"),
    [
        ({"number": "4242424242424241"}, "incorrect_number", "number"),
        ({"number": "abc"}, "incorrect_number", "number"),
        ({"exp_month": 13}, "invalid_expiry_month", "exp_month"),
        ({"exp_year": 2019}, "invalid_expiry_year", "exp_year"),
        ({"cvc": "12"}, "invalid_cvc", "cvc"),
    ],
)
def test_a_card_that_cannot_exist_is_refused(
    api: Client, card: dict[str, Any], code: str, param: str
) -> None:
    error = api.refused("/v1/payment_methods", by_number("4242424242424242") | {"card": {
        **by_number("4242424242424242")["card"], **card}})  # fmt: skip

    assert (error["status"], error["type"]) == (402, "card_error")
    assert (error["code"], error["param"]) == (code, param)


@pytest.mark.parametrize(("number", "check"), [("4242424242424242", "pass"), ("4000000000000127", "fail")])
def test_the_security_code_is_checked_when_the_card_is_charged(api: Client, number: str, check: str) -> None:
    intent = api.post("/v1/payment_intents", NEW)["id"]
    api.call("POST", f"/v1/payment_intents/{intent}/confirm", {"payment_method_data": by_number(number)})

    charge = api.get("/v1/charges", {"payment_intent": intent})["data"][0]

    assert charge["payment_method_details"]["card"]["checks"]["cvc_check"] == check


def test_an_approval_page_of_no_payment_is_not_found(api: Client) -> None:
    assert local.get(f"{api.url}/sandbox/3ds/pi_nobody").status_code == 404
    assert local.post(f"{api.url}/sandbox/3ds/pi_nobody/complete").status_code == 404


def test_the_number_of_a_card_is_kept_nowhere(running: SandboxProcess, api: Client) -> None:
    api.post("/v1/payment_methods", by_number("5200828282828210"))

    kept = b"".join(one.read_bytes() for one in running.store.parent.glob("store.sqlite3*"))

    assert b"8210" in kept
    assert b"5200828282828210" not in kept


@pytest.mark.parametrize(
    "token",
    [
        "pm_card_authenticationRequired",
        "pm_card_threeDSecure2Required",
        "pm_card_authenticationRequiredOnSetup",
    ],
)
def test_a_card_that_needs_approval_pays_when_it_is_given(api: Client, token: str) -> None:
    waiting = api.paid(card=token)
    assert waiting["status"] == "requires_action"

    decide(api, waiting, "complete")

    paid = api.get(f"/v1/payment_intents/{waiting['id']}", {"expand": ["latest_charge"]})
    assert (paid["status"], paid["next_action"]) == ("succeeded", None)
    secure = paid["latest_charge"]["payment_method_details"]["card"]["three_d_secure"]
    assert secure["result"] == "authenticated"


def test_a_card_whose_approval_fails_can_be_replaced(api: Client) -> None:
    waiting = api.paid(card="pm_card_authenticationRequired")

    decide(api, waiting, "fail")

    failed = api.get(f"/v1/payment_intents/{waiting['id']}")
    assert (failed["status"], failed["next_action"]) == ("requires_payment_method", None)
    assert failed["last_payment_error"]["code"] == "payment_intent_authentication_failure"
    assert api.get("/v1/charges", {"payment_intent": waiting["id"]})["data"] == []


def test_a_decision_counts_once(api: Client) -> None:
    waiting = api.paid(card="pm_card_authenticationRequired")

    decide(api, waiting, "complete")
    decide(api, waiting, "complete")
    decide(api, waiting, "fail")

    page = local.get(f"{api.url}/sandbox/3ds/{waiting['id']}").text
    assert "Approved" in page and "<form" not in page
    assert api.get(f"/v1/payment_intents/{waiting['id']}")["status"] == "succeeded"
    assert len(api.get("/v1/charges", {"payment_intent": waiting["id"]})["data"]) == 1


def test_the_approval_page_leads_back_to_the_shop(api: Client) -> None:
    waiting = api.paid(
        card="pm_card_authenticationRequired", return_url="https://shop.example/back?bid=3#top"
    )
    page = waiting["next_action"]["redirect_to_url"]["url"]
    shown = local.get(page).text
    assert "Complete" in shown and "Fail" in shown

    answer = local.post(f"{page}/complete")

    address = httpx.URL(answer.headers["location"])
    assert (answer.status_code, address.host, address.fragment) == (303, "shop.example", "top")
    assert dict(address.params) == {
        "bid": "3",
        "payment_intent": waiting["id"],
        "payment_intent_client_secret": waiting["client_secret"],
        "redirect_status": "succeeded",
    }


def test_the_way_back_is_an_absolute_address(api: Client) -> None:
    card = {"confirm": True, "payment_method": "pm_card_visa", "return_url": "/back"}

    assert api.refused("/v1/payment_intents", {**NEW, **card})["code"] == "url_invalid"


def test_with_a_manual_confirmation_the_shop_confirms_once_more(api: Client) -> None:
    waiting = api.paid(card="pm_card_authenticationRequired", confirmation_method="manual")

    decide(api, waiting, "complete")

    assert api.get(f"/v1/payment_intents/{waiting['id']}")["status"] == "requires_confirmation"
    assert api.post(f"/v1/payment_intents/{waiting['id']}/confirm")["status"] == "succeeded"


@pytest.mark.parametrize("absent", ["off_session", "error_on_requires_action"])
def test_without_the_buyer_a_card_that_needs_approval_is_declined(api: Client, absent: str) -> None:
    card = "pm_card_authenticationRequired"
    error = api.refused("/v1/payment_intents", {**NEW, "confirm": True, "payment_method": card, absent: True})

    assert (error["status"], error["code"]) == (402, "authentication_required")
    assert error["payment_intent"]["status"] == "requires_payment_method"


def test_a_card_set_up_once_is_not_asked_again(api: Client) -> None:
    buyer = api.post("/v1/customers")["id"]
    first = api.paid(
        card="pm_card_authenticationRequiredOnSetup", customer=buyer, setup_future_usage="off_session"
    )
    decide(api, first, "complete")
    kept = api.get(f"/v1/customers/{buyer}/payment_methods")["data"][0]["id"]

    assert api.paid(card=kept, customer=buyer, off_session=True)["status"] == "succeeded"


def test_any_card_can_be_made_to_need_approval(api: Client) -> None:
    options = {"card": {"request_three_d_secure": "any"}}

    assert api.paid(payment_method_options=options)["status"] == "requires_action"


def test_one_card_goes_straight_to_the_available_balance(api: Client) -> None:
    now = int(time.time())

    charge = api.paid(card="pm_card_bypassPending")["latest_charge"]
    entry = api.get("/v1/balance_transactions", {"source": charge})["data"][0]

    assert entry["status"] == "available"
    assert now <= entry["available_on"] <= now + 60


def test_one_card_has_slow_webhooks(api: Client, shop: Listener) -> None:
    began = time.monotonic()
    slow = api.paid(card="pm_card_slowWebhooks")
    quick = api.paid()

    wait_until(lambda: len(shop.heard("payment_intent.succeeded")) == 2)
    order = [one["data"]["object"]["id"] for one in shop.heard("payment_intent.succeeded")]
    assert order == [quick["id"], slow["id"]]
    assert time.monotonic() - began >= 5


def decide(api: Client, intent: dict[str, Any], verdict: str) -> None:
    local.post(f"{api.url}/sandbox/3ds/{intent['id']}/{verdict}").raise_for_status()
