"""Who may call: secret keys everything, publishable keys the one payment they hold the secret of."""

import base64

import httpx
import pytest

from tests import local

from .client import Client
from .process import PUBLISHABLE_KEY, SandboxProcess

CARD = {
    "type": "card",
    "card": {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"},
}
NEW = {"amount": 5000, "currency": "sek"}


def ask(running: SandboxProcess, **headers: str) -> httpx.Response:
    return local.get(f"{running.url}/v1/balance", headers=headers)


@pytest.mark.parametrize("key", ["sk_test_1234", "sk_test_a_very_long_key_that_is_fine", "rk_test_1234567"])
def test_any_key_of_the_test_world_is_taken(running: SandboxProcess, key: str) -> None:
    basic = base64.b64encode(f"{key}:".encode()).decode()

    assert ask(running, Authorization=f"Bearer {key}").status_code == 200
    assert ask(running, Authorization=f"Basic {basic}").status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer sk_test_123",
        "Bearer sk_live_1234567890",
        "Bearer nonsense",
        "Basic %%%",
        "Digest x",
    ],
)
def test_any_other_key_is_a_401_in_stripes_shape(running: SandboxProcess, header: str) -> None:
    answer = ask(running, **({"Authorization": header} if header else {}))

    assert answer.status_code == 401
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert answer.headers["Request-Id"].startswith("req_")


def test_a_live_key_is_never_repeated(running: SandboxProcess) -> None:
    told = ask(running, Authorization="Bearer sk_live_1234567890").text

    assert "a live key was refused" in told
    assert "1234567890" not in told


def test_the_version_is_echoed_and_a_nonsense_one_refused(running: SandboxProcess, api: Client) -> None:
    told = api.call("GET", "/v1/balance", Stripe_Version="2024-06-20")

    assert told.headers["Stripe-Version"] == "2024-06-20"
    assert api.call("GET", "/v1/balance").headers["Stripe-Version"] == "2026-10-28.endive"
    assert api.refused("/v1/balance", method="GET", Stripe_Version="latest")["status"] == 400


def test_acting_as_a_stranger_is_a_403_and_as_oneself_is_nothing_special(api: Client) -> None:
    own = api.get("/v1/account")["id"]

    error = api.refused("/v1/balance", method="GET", Stripe_Account="acct_stranger")

    assert (error["status"], error["code"]) == (403, "account_invalid")
    assert api.get("/v1/account", Stripe_Account=own)["id"] == own


def test_a_browser_pays_with_the_secret_of_its_intent(api: Client, browser: Client) -> None:
    intent = api.post("/v1/payment_intents", NEW)
    path, secret = f"/v1/payment_intents/{intent['id']}", {"client_secret": intent["client_secret"]}

    seen = browser.get(path, secret)
    paid = browser.post(f"{path}/confirm", {**secret, "payment_method_data": CARD, "use_stripe_sdk": True})

    assert seen["status"] == "requires_payment_method"
    assert paid["status"] == "succeeded"


def test_a_browser_confirms_with_a_card_it_made(api: Client, browser: Client) -> None:
    intent = api.post("/v1/payment_intents", NEW)
    card = browser.post("/v1/payment_methods", CARD)["id"]
    fields = {"client_secret": intent["client_secret"], "payment_method": card}

    assert browser.post(f"/v1/payment_intents/{intent['id']}/confirm", fields)["status"] == "succeeded"


def test_a_browser_cannot_pretend_that_the_buyer_is_away(api: Client, browser: Client) -> None:
    intent = api.post("/v1/payment_intents", NEW)
    fields = {"client_secret": intent["client_secret"], "payment_method": "pm_card_visa", "off_session": True}

    assert browser.refused(f"/v1/payment_intents/{intent['id']}/confirm", fields)["status"] == 403


@pytest.mark.parametrize("secret", [None, "pi_x_secret_y"])
def test_a_browser_without_the_right_secret_sees_nothing(
    api: Client, browser: Client, secret: str | None
) -> None:
    path = f"/v1/payment_intents/{api.post('/v1/payment_intents', NEW)['id']}"
    fields = {"client_secret": secret} if secret else {}

    seen = browser.call("GET", path, fields)
    confirmed = browser.call("POST", f"{path}/confirm", {**fields, "payment_method": "pm_card_visa"})

    assert (seen.status_code >= 400, confirmed.status_code >= 400) == (True, True)
    assert api.get(path)["status"] == "requires_payment_method"


def test_the_secret_of_one_intent_does_not_open_another(api: Client, browser: Client) -> None:
    one, other = api.post("/v1/payment_intents", NEW), api.post("/v1/payment_intents", NEW)
    fields = {"client_secret": one["client_secret"], "payment_method": "pm_card_visa"}

    error = browser.refused(f"/v1/payment_intents/{other['id']}/confirm", fields)

    assert error["param"] == "client_secret"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/balance"),
        ("GET", "/v1/payment_intents"),
        ("POST", "/v1/payment_intents"),
        ("GET", "/v1/events"),
        ("POST", "/v1/customers"),
        ("GET", "/v1/payment_methods"),
        ("POST", "/v1/webhook_endpoints"),
    ],
)
def test_a_browser_may_do_nothing_else(browser: Client, method: str, path: str) -> None:
    error = browser.refused(path, method=method)

    assert (error["status"], error["code"]) == (403, "secret_key_required")


def test_a_page_of_another_origin_may_call_with_a_publishable_key_only(
    running: SandboxProcess, api: Client, browser: Client
) -> None:
    intent = api.post("/v1/payment_intents", NEW)
    path, secret = f"/v1/payment_intents/{intent['id']}", {"client_secret": intent["client_secret"]}
    allowed = "Access-Control-Allow-Origin"

    assert browser.call("GET", path, secret).headers[allowed] == "*"
    assert browser.call("GET", path, {"client_secret": "no"}).headers[allowed] == "*"
    assert allowed not in api.call("GET", path).headers
    assert preflight(running, f"{path}/confirm").headers[allowed] == "*"
    assert "authorization" in preflight(running, path).headers["Access-Control-Allow-Headers"]
    assert allowed not in preflight(running, "/v1/balance").headers


def preflight(running: SandboxProcess, path: str) -> httpx.Response:
    headers = {"Origin": "http://127.0.0.1:8000", "Access-Control-Request-Method": "POST"}
    return httpx.options(f"{running.url}{path}", headers=headers)


def test_the_key_may_come_in_the_form_as_stripe_js_sends_it(running: SandboxProcess, api: Client) -> None:
    intent = api.post("/v1/payment_intents", NEW)
    query = {"key": PUBLISHABLE_KEY, "client_secret": intent["client_secret"]}

    answer = local.get(f"{running.url}/v1/payment_intents/{intent['id']}", params=query)

    assert answer.json()["id"] == intent["id"]
