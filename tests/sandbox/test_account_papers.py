"""What a platform may tell of its sellers: shown as far as it was told, refused where it cannot be."""

from typing import Any

import pytest

from .client import Client

ADDRESS = {"line1": "Storgatan 1", "city": "Lund", "postal_code": "22222", "country": "SE"}
SAGA = {"first_name": "Saga", "last_name": "Lind", "dob": {"day": 1, "month": 2, "year": 1980}}
US_BANK = {"object": "bank_account", "country": "US", "account_number": "000123456789"}


def test_a_person_is_shown_as_far_as_the_platform_has_told(api: Client) -> None:
    account = api.post("/v1/accounts", {"business_type": "individual", "individual": SAGA})

    later = api.post(f"/v1/accounts/{account['id']}", {"individual": {"address": ADDRESS}})["individual"]

    assert account["individual"]["dob"] == SAGA["dob"]
    assert (later["id"], later["first_name"]) == (account["individual"]["id"], "Saga")
    assert (later["object"], later["address"]["city"]) == ("person", "Lund")


def test_a_companys_numbers_are_not_shown_again(api: Client) -> None:
    told = {"name": "Klubb AB", "tax_id": "556000-0000", "address": ADDRESS}

    company = api.post("/v1/accounts", {"business_type": "company", "company": told})["company"]

    assert (company["name"], company["tax_id_provided"], company["address"]["city"]) == (
        "Klubb AB",
        True,
        "Lund",
    )
    assert "tax_id" not in company


def test_an_anchor_goes_with_its_interval_and_leaves_with_it(api: Client) -> None:
    def every(**schedule: str) -> dict[str, Any]:
        return {"settings": {"payouts": {"schedule": schedule}}}

    path = f"/v1/accounts/{api.post('/v1/accounts')['id']}"
    weekly = api.post(path, every(interval="weekly", weekly_anchor="friday"))
    manual = api.post(path, every(interval="manual"))
    error = api.refused(path, every(weekly_anchor="friday"))

    assert weekly["settings"]["payouts"]["schedule"]["weekly_anchor"] == "friday"
    assert "weekly_anchor" not in manual["settings"]["payouts"]["schedule"]
    assert error["param"] == "settings[payouts][schedule][weekly_anchor]"


@pytest.mark.parametrize("country", ["XX", "se", "Sweden"])
def test_a_country_without_connected_accounts_is_refused(api: Client, country: str) -> None:
    error = api.refused("/v1/accounts", {"country": country})

    assert (error["status"], error["param"]) == (400, "country")


def test_a_test_token_stands_for_an_american_bank_account(api: Client) -> None:
    fields = {"country": "US", "external_account": "btok_us_verified"}

    (bank,) = api.post("/v1/accounts", fields)["external_accounts"]["data"]

    assert (bank["country"], bank["currency"], bank["last4"], bank["routing_number"]) == (
        "US",
        "usd",
        "6789",
        "110000000",
    )


def test_an_american_bank_account_needs_a_routing_number(api: Client) -> None:
    path = f"/v1/accounts/{api.post('/v1/accounts', {'country': 'US'})['id']}/external_accounts"

    error = api.refused(path, {"external_account": US_BANK})

    assert (error["code"], error["param"]) == ("parameter_missing", "external_account[routing_number]")
    assert api.post(path, {"external_account": {**US_BANK, "routing_number": "110000000"}})["last4"] == "6789"
