"""Connected accounts: what they may do follows from what their holders have given."""

from typing import Any

import pytest

from tests import local

from .client import Client
from .listener import SECRET, Listener
from .process import SandboxProcess, wait_until
from .sellers import (
    AGAIN,
    BACK,
    CLOSED,
    GERMAN_SUCCEEDS,
    SECOND_SUCCEEDS,
    SUCCEEDS,
    at_page,
    bank_of,
    bare_account,
    funded,
    link_to,
    seller,
    told,
)

BANK = {"object": "bank_account", "country": "SE", "account_number": SECOND_SUCCEEDS}


def test_a_new_account_may_do_nothing_and_says_what_is_asked_for(api: Client) -> None:
    account = bare_account(api)

    assert account["capabilities"] == {"card_payments": "inactive", "transfers": "inactive"}
    assert [account[name] for name in ("charges_enabled", "payouts_enabled", "details_submitted")] == [
        False
    ] * 3
    assert "external_account" in account["requirements"]["currently_due"]
    assert account["requirements"]["disabled_reason"] == "requirements.past_due"
    assert account["settings"]["payouts"]["schedule"]["interval"] == "manual"


def test_completing_the_hosted_page_opens_the_account_and_leads_back(api: Client) -> None:
    account = bare_account(api)["id"]
    url = link_to(api, account)

    shown = local.get(url)
    answer = at_page(url, "complete", iban=" se35 5000 0000 0549 1000 0003 ", name="A Seller")

    assert (shown.status_code, "Leave unfinished" in shown.text) == (200, True)
    assert (answer.status_code, answer.headers["location"]) == (303, BACK)
    after = api.get(f"/v1/accounts/{account}")
    assert after["capabilities"] == {"card_payments": "active", "transfers": "active"}
    assert [after[name] for name in ("charges_enabled", "payouts_enabled", "details_submitted")] == [True] * 3
    assert after["requirements"]["currently_due"] == []
    bank = after["external_accounts"]["data"][0]
    assert (bank["last4"], bank["currency"], bank["default_for_currency"]) == ("0003", "sek", True)


def test_leaving_the_page_unfinished_changes_nothing_and_the_link_stays_good(api: Client) -> None:
    account = bare_account(api)["id"]
    url = link_to(api, account)

    answer = at_page(url, "leave")

    assert (answer.status_code, answer.headers["location"]) == (303, BACK)
    assert api.get(f"/v1/accounts/{account}")["details_submitted"] is False
    assert local.get(url).status_code == 200


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Asked for now: external_account"),
        ({"collect": "eventually_due"}, "Asked for in the end: external_account"),
        ({"collection_options": {"fields": "eventually_due"}}, "Asked for in the end: external_account"),
    ],
)
def test_the_page_tells_what_is_asked_for(api: Client, fields: dict[str, Any], words: str) -> None:
    link = link_to(api, bare_account(api)["id"], **fields)

    assert words in local.get(link).text


def test_an_iban_that_cannot_be_right_is_told_on_the_page(api: Client) -> None:
    account = bare_account(api)["id"]

    answer = at_page(link_to(api, account), "complete", iban="SE3550000000054910000004")

    assert (answer.status_code, 'role="alert"' in answer.text) == (422, True)
    assert api.get(f"/v1/accounts/{account}")["external_accounts"]["data"] == []


def test_a_link_that_was_used_or_is_too_old_leads_to_a_new_one(fresh: SandboxProcess) -> None:
    api = Client(fresh.url)
    account = bare_account(api)["id"]
    used, old = link_to(api, account), link_to(api, account)
    at_page(used, "complete", iban=SUCCEEDS)
    api.control("POST", "clock", {"advance_seconds": 301})

    for url in (used, old):
        shown = local.get(url)
        pressed = at_page(url, "complete", iban=SECOND_SUCCEEDS)
        assert (shown.status_code, shown.headers["location"]) == (303, AGAIN)
        assert (pressed.status_code, pressed.headers["location"]) == (303, AGAIN)
    assert len(api.get(f"/v1/accounts/{account}")["external_accounts"]["data"]) == 1
    assert local.get(f"{api.url}/sandbox/onboarding/link_x").status_code == 404


def test_only_connect_endpoints_hear_of_an_account_and_its_name_is_on_top(api: Client) -> None:
    platform, connect = Listener(), Listener()
    endpoints = [
        {"url": one.url, "secret": SECRET, "connect": flag, "enabled_events": ["*"]}
        for one, flag in ((platform, False), (connect, True))
    ]
    api.control("PUT", "webhook-endpoints", endpoints)
    account = seller(api)

    wait_until(lambda: connect.heard("account.updated"))

    event = connect.heard("account.updated")[-1]
    assert (event["account"], event["data"]["object"]["id"]) == (account, account)
    assert event["data"]["previous_attributes"]["payouts_enabled"] is False
    wait_until(lambda: "account.external_account.created" in connect.types())
    assert platform.types() == []
    api.control("PUT", "webhook-endpoints", [])
    platform.close()
    connect.close()


def test_settings_profile_and_metadata_are_changed_one_by_one(api: Client) -> None:
    account = bare_account(api, metadata={"seller": "7", "old": "x"})["id"]

    api.post(f"/v1/accounts/{account}", {"business_profile": {"name": "Antik AB"}, "metadata": {"old": ""}})
    schedule = {"interval": "weekly", "weekly_anchor": "friday"}
    after = api.post(f"/v1/accounts/{account}", {"settings": {"payouts": {"schedule": schedule}}})

    assert after["business_profile"]["name"] == "Antik AB"
    assert after["metadata"] == {"seller": "7"}
    assert after["settings"]["payouts"]["schedule"] == {"delay_days": 7, **schedule}
    assert after["settings"]["payouts"]["debit_negative_balances"] is False
    changed = api.get("/v1/events", {"type": "account.updated", "limit": 1}, Stripe_Account=account)["data"][
        0
    ]
    assert set(changed["data"]["previous_attributes"]) == {"settings"}


def test_an_account_is_read_as_itself_and_strangers_are_refused(api: Client) -> None:
    account, other = seller(api), seller(api)

    assert api.get("/v1/account", Stripe_Account=account)["id"] == account
    assert api.get(f"/v1/accounts/{account}", Stripe_Account=account)["id"] == account
    for path, headers in (("acct_stranger", {}), (other, {"Stripe_Account": account})):
        error = api.refused(f"/v1/accounts/{path}", method="GET", **headers)
        assert (error["status"], error["code"]) == (403, "account_invalid")


def test_a_bank_account_more_and_the_default_of_its_currency(api: Client) -> None:
    account = seller(api)
    path, first = f"/v1/accounts/{account}/external_accounts", bank_of(api, account)

    euro = api.post(path, {"external_account": {**BANK, "country": "DE", "account_number": GERMAN_SUCCEEDS}})
    second = api.post(path, {"external_account": BANK, "default_for_currency": True, "metadata": {"a": "b"}})

    assert (euro["currency"], euro["country"], euro["default_for_currency"]) == ("eur", "DE", True)
    assert (second["default_for_currency"], second["metadata"]) == (True, {"a": "b"})
    assert api.get(f"{path}/{first}")["default_for_currency"] is False
    listed = [one["id"] for one in api.get(path)["data"]]
    assert listed == [second["id"], euro["id"], first]
    assert [one["id"] for one in api.get(f"/v1/accounts/{account}")["external_accounts"]["data"]] == listed
    assert api.get(path, {"object": "card"})["data"] == []
    assert "default" in api.refused(f"{path}/{second['id']}", method="DELETE")["message"]
    assert api.delete(f"{path}/{first}")["deleted"] is True
    assert api.refused(f"{path}/{first}", method="GET")["status"] == 404


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"account_number": "SE3550000000054910000004"}, "account_number_invalid"),
        ({"account_number": GERMAN_SUCCEEDS}, "account_number_invalid"),
        ({"currency": "zork"}, None),
        ({"iban": SUCCEEDS}, "parameter_unknown"),
        ({"country": ""}, "parameter_invalid_empty"),
        ({"object": "card"}, None),
    ],
)
def test_a_bank_account_that_cannot_be_right_is_refused(api: Client, sent: Any, code: str | None) -> None:
    path = f"/v1/accounts/{bare_account(api)['id']}/external_accounts"

    error = api.refused(path, {"external_account": {**BANK, **sent}})

    assert (error["status"], error.get("code")) == (400, code)
    assert api.refused(path, {"external_account": "btok_unknown"})["code"] == "resource_missing"


def test_a_bank_account_is_described_by_what_was_sent(api: Client) -> None:
    holder = {"account_holder_name": "Saga", "account_holder_type": "company", "routing_number": "110000000"}
    american = {"country": "US", "currency": "usd", "account_number": "000123456789", **holder}

    bank = bare_account(api, external_account={**BANK, **american})["external_accounts"]["data"][0]

    assert {name: bank[name] for name in holder} == holder
    assert (bank["country"], bank["currency"], bank["last4"]) == ("US", "usd", "6789")


def test_where_the_platform_collects_papers_no_page_is_needed(api: Client) -> None:
    signed = {"date": 1_700_000_000, "ip": "192.0.2.1"}

    account = bare_account(api, type="custom", external_account=BANK, tos_acceptance=signed)

    assert (account["details_submitted"], account["payouts_enabled"]) == (True, True)


def test_a_rejected_account_stays_closed(api: Client) -> None:
    account = seller(api)

    after = api.post(f"/v1/accounts/{account}/reject", {"reason": "fraud_other"})

    assert (after["payouts_enabled"], after["charges_enabled"]) == (False, False)
    assert after["requirements"]["disabled_reason"] == "rejected.platform_fraud"
    assert api.refused(f"/v1/accounts/{account}/reject", {"reason": "other"})["status"] == 400


def test_a_deleted_account_is_gone_and_says_so_last(api: Client) -> None:
    account, connect = seller(api), Listener()
    endpoint = {"url": connect.url, "secret": SECRET, "connect": True, "enabled_events": ["*"]}
    api.control("PUT", "webhook-endpoints", [endpoint])

    assert api.delete(f"/v1/accounts/{account}") == {"id": account, "object": "account", "deleted": True}

    wait_until(lambda: connect.types() == ["account.application.deauthorized"])
    assert connect.genuine()[0]["account"] == account
    api.control("PUT", "webhook-endpoints", [])
    connect.close()
    assert api.refused("/v1/balance", method="GET", Stripe_Account=account)["status"] == 403
    assert api.refused(f"/v1/accounts/{account}", method="GET")["status"] == 403
    assert account not in [one["id"] for one in api.get("/v1/accounts", {"limit": 100})["data"]]


def test_an_account_with_money_on_it_cannot_be_deleted(api: Client) -> None:
    account = seller(api)
    sent = {"currency": "sek", "destination": account, "source_transaction": funded(api)["id"], "amount": 500}
    api.post("/v1/transfers", sent)

    assert api.refused(f"/v1/accounts/{account}", method="DELETE")["status"] == 400


def test_capabilities_are_asked_for_and_given_up(api: Client) -> None:
    account = seller(api, capabilities={"transfers": {"requested": True}})
    path = f"/v1/accounts/{account}/capabilities"

    before = api.get(f"{path}/card_payments")
    asked = api.post(f"{path}/card_payments", {"requested": True})

    assert (before["status"], before["requested"]) == ("unrequested", False)
    assert (asked["status"], asked["requested"]) == ("active", True)
    assert [one["id"] for one in api.get(path)["data"]] == ["card_payments", "transfers"]
    assert told(api, "capability.updated", Stripe_Account=account)[0]["id"] == "card_payments"
    assert api.post(f"{path}/transfers", {"requested": False})["status"] == "unrequested"
    assert api.refused(f"{path}/teleportation", method="GET")["status"] == 404


def test_a_login_link_leads_to_the_holders_own_page(api: Client) -> None:
    account = seller(api, iban=CLOSED)

    shown = local.get(api.post(f"/v1/accounts/{account}/login_links")["url"])

    assert (shown.status_code, "ends in 1113" in shown.text) == (200, True)
    assert api.refused(f"/v1/accounts/{bare_account(api)['id']}/login_links")["status"] == 400
    standard = bare_account(api, type="standard")["id"]
    assert api.refused(f"/v1/accounts/{standard}/login_links")["status"] == 400


def test_the_platform_itself_pays_out_only_when_told_to(api: Client) -> None:
    own = api.get("/v1/account")

    assert own["settings"]["payouts"]["schedule"]["interval"] == "manual"
    assert api.get(f"/v1/accounts/{own['id']}") == own
