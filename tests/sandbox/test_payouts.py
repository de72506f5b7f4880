"""Payouts: sent when the money is there, arriving on a weekday, and sometimes coming back."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from .client import Client
from .listener import SECRET, Listener
from .process import SandboxProcess, wait_until
from .sellers import (
    CLOSED,
    CLOSED_LATE,
    GERMAN_FAILS,
    GERMAN_SUCCEEDS,
    NO_ACCOUNT,
    SECOND_SUCCEEDS,
    available,
    bank_of,
    funded,
    pass_days,
    read,
    seller,
    told,
)

DAY_SECONDS = 24 * 3600
# 1970 began on a Thursday: the Wednesday after next, at ten.
WEDNESDAY = (int(time.time()) // (7 * DAY_SECONDS) + 2) * 7 * DAY_SECONDS - DAY_SECONDS + 10 * 3600
FRIDAY = WEDNESDAY + 2 * DAY_SECONDS


@pytest.fixture
def alone(fresh: SandboxProcess) -> Client:
    """A client of a sandbox nobody else uses."""
    return Client(fresh.url)


def rich(api: Client, *, iban: str | None = None, amount: int = 1_000_000) -> str:
    """A connected account with available money."""
    account = seller(api, iban=iban) if iban else seller(api)
    api.post(
        "/v1/transfers",
        {
            "amount": amount,
            "currency": "sek",
            "destination": account,
            "source_transaction": funded(api, amount=amount)["id"],
        },
    )
    return account


def sent_out(api: Client, account: str, **fields: Any) -> Any:
    return api.post("/v1/payouts", {"amount": 5_000, "currency": "sek", **fields}, Stripe_Account=account)


def test_a_payout_is_pending_then_on_its_way_then_paid(alone: Client) -> None:
    account = rich(alone)
    payout = sent_out(alone, account, metadata={"call_id": "c"}, statement_descriptor="KLUBBA 7")

    assert (payout["status"], payout["destination"]) == ("pending", bank_of(alone, account))
    assert (payout["statement_descriptor"], payout["metadata"]) == ("KLUBBA 7", {"call_id": "c"})
    assert available(alone, account) == 995_000
    alone.control("POST", "clock", {"now": min(payout["created"] + 3600, payout["arrival_date"] - 1)})
    alone.control("POST", "clock", {"now": payout["arrival_date"]})
    assert read(alone, account, payout)["status"] == "paid"
    lines = [line for line in alone.journal() if line["type"] == "payout"]
    assert [line["status"] for line in lines] == ["pending", "in_transit", "paid"]
    assert {line["account"] for line in lines} == {account}
    for kind in ("payout.created", "payout.updated", "payout.paid"):
        assert [one["id"] for one in told(alone, kind, Stripe_Account=account)] == [payout["id"]], kind
    assert available(alone, account) == 995_000


@pytest.mark.parametrize(("moment", "weekday"), [(WEDNESDAY, 3), (FRIDAY, 0), (FRIDAY + DAY_SECONDS, 0)])
def test_it_arrives_on_the_next_weekday(alone: Client, moment: int, weekday: int) -> None:
    alone.control("POST", "clock", {"now": moment})

    payout = sent_out(alone, rich(alone))

    arrival = datetime.fromtimestamp(payout["arrival_date"], UTC)
    assert (arrival.weekday(), arrival.hour, arrival.timestamp() > moment) == (weekday, 0, True)


@pytest.mark.parametrize(
    ("iban", "code"), [(CLOSED, "account_closed"), (NO_ACCOUNT, "no_account")], ids=["closed", "none"]
)
def test_a_failing_bank_account_sends_the_money_back(alone: Client, iban: str, code: str) -> None:
    account = rich(alone, iban=iban)
    payout = sent_out(alone, account)

    pass_days(alone, 4)

    after = read(alone, account, payout)
    assert (after["status"], after["failure_code"]) == ("failed", code)
    assert after["failure_message"]
    back = alone.get(
        f"/v1/balance_transactions/{after['failure_balance_transaction']}", Stripe_Account=account
    )
    assert (back["type"], back["net"], back["source"]) == ("payout_failure", 5_000, payout["id"])
    assert available(alone, account) == 1_000_000
    bank = alone.get(f"/v1/accounts/{account}")["external_accounts"]["data"][0]
    assert bank["status"] == "errored"
    assert told(alone, "account.external_account.updated", Stripe_Account=account)[0]["status"] == "errored"
    assert told(alone, "payout.paid", Stripe_Account=account) == []
    holder = {"account_holder_name": "A Better Name"}
    mended = alone.post(f"/v1/accounts/{account}/external_accounts/{bank['id']}", holder)
    assert mended["status"] == "new"


def test_some_fail_after_they_were_paid(alone: Client) -> None:
    account = rich(alone, iban=CLOSED_LATE)
    payout = sent_out(alone, account)

    alone.control("POST", "clock", {"now": payout["arrival_date"]})
    assert (read(alone, account, payout)["status"], available(alone, account)) == ("paid", 995_000)
    pass_days(alone, 4)

    assert read(alone, account, payout)["status"] == "failed"
    assert available(alone, account) == 1_000_000
    lines = [line["status"] for line in alone.journal() if line["type"] == "payout"]
    assert lines == ["pending", "in_transit", "paid", "failed"]


def test_a_german_account_fails_in_euros(alone: Client) -> None:
    account = seller(alone, country="DE", iban=GERMAN_FAILS)
    charge = funded(alone, amount=50_000, currency="eur")["id"]
    sent = {"currency": "eur", "amount": 40_000, "destination": account, "source_transaction": charge}
    alone.post("/v1/transfers", sent)
    payout = sent_out(alone, account, currency="eur")

    pass_days(alone, 4)

    assert read(alone, account, payout)["failure_code"] == "no_account"


def test_a_pending_payout_is_canceled_and_a_sent_one_is_not(alone: Client) -> None:
    account = rich(alone)
    first, second = sent_out(alone, account), sent_out(alone, account)

    canceled = alone.post(f"/v1/payouts/{first['id']}/cancel", {}, Stripe_Account=account)

    assert canceled["status"] == "canceled"
    assert available(alone, account) == 995_000
    assert told(alone, "payout.canceled", Stripe_Account=account) == [canceled]
    assert alone.refused(f"/v1/payouts/{first['id']}/cancel", {}, Stripe_Account=account)["status"] == 400
    pass_days(alone, 4)
    assert alone.refused(f"/v1/payouts/{second['id']}/cancel", {}, Stripe_Account=account)["status"] == 400
    assert read(alone, account, first)["status"] == "canceled"


def test_what_cannot_be_paid_out_is_refused(api: Client) -> None:
    account = rich(api, amount=10_000)

    def code(**fields: Any) -> Any:
        sent = {"amount": 5_000, "currency": "sek", **fields}
        error = api.refused("/v1/payouts", sent, Stripe_Account=account)
        return error.get("code"), error.get("param")

    assert code(amount=10_001) == ("balance_insufficient", None)
    assert code(amount=1_999) == ("amount_too_small", "amount")
    assert code(amount=0) == ("parameter_invalid_integer", "amount")
    assert code(method="instant") == ("instant_payouts_unsupported", "method")
    assert code(destination="ba_stranger") == ("resource_missing", "destination")
    assert code(currency="eur") == ("payouts_not_allowed", "currency")
    assert code(source_type="bank_account") == ("balance_insufficient", None)
    assert code(currency="zork") == (None, "currency")
    api.post(f"/v1/accounts/{account}/reject", {"reason": "other"})
    assert code() == ("payouts_not_allowed", None)


def test_a_payout_goes_to_the_bank_account_it_names(api: Client) -> None:
    account = rich(api)
    path = f"/v1/accounts/{account}/external_accounts"
    bank = {"object": "bank_account", "country": "SE", "account_number": SECOND_SUCCEEDS}
    second = api.post(path, {"external_account": bank})["id"]
    german = {"object": "bank_account", "country": "DE", "account_number": GERMAN_SUCCEEDS}
    euro = api.post(path, {"external_account": german})["id"]

    payout = sent_out(api, account, destination=second, expand=["destination"])

    assert payout["destination"]["id"] == second
    wrong = {"amount": 5_000, "currency": "sek", "destination": euro}
    assert api.refused("/v1/payouts", wrong, Stripe_Account=account)["param"] == "destination"
    found = api.get("/v1/payouts", {"destination": second, "status": "pending"}, Stripe_Account=account)[
        "data"
    ]
    assert [one["id"] for one in found] == [payout["id"]]


def test_a_payout_is_found_again_by_when_it_was_made(api: Client) -> None:
    account = rich(api)
    payout = sent_out(api, account, metadata={"call_id": "c7"})
    around = {"gte": payout["created"] - 5, "lte": payout["created"] + 5}

    found = api.get("/v1/payouts", {"created": around}, Stripe_Account=account)["data"]
    arriving = api.get("/v1/payouts", {"arrival_date": payout["arrival_date"]}, Stripe_Account=account)[
        "data"
    ]

    assert [one["metadata"] for one in found] == [{"call_id": "c7"}]
    assert arriving == found
    assert (
        api.get("/v1/payouts", {"arrival_date": {"gt": 4_000_000_000}}, Stripe_Account=account)["data"] == []
    )
    assert api.refused(f"/v1/payouts/{payout['id']}", method="GET")["status"] == 404


@pytest.mark.parametrize("clock", ["00:00:00", "22:59:59", "23:00:00", "23:59:59"])
def test_whatever_the_hour_it_is_sent_first_and_arrives_then(alone: Client, clock: str) -> None:
    alone.paid(card="pm_card_bypassPending")
    evening = datetime.fromisoformat(f"2030-01-07T{clock}+00:00")
    alone.control("POST", "clock", {"now": int(evening.timestamp())})
    payout = alone.post("/v1/payouts", {"amount": 60_320, "currency": "sek"})

    pass_days(alone, 1)

    assert alone.get(f"/v1/payouts/{payout['id']}")["status"] == "paid"
    assert [line["status"] for line in alone.journal()][-3:] == ["pending", "in_transit", "paid"]


def test_the_platform_pays_itself_what_is_available(alone: Client) -> None:
    alone.paid()
    sent = {"amount": 60_320, "currency": "sek"}
    assert alone.refused("/v1/payouts", sent)["code"] == "balance_insufficient"
    pass_days(alone, 2)

    payout = alone.post("/v1/payouts", {**sent, "expand": ["destination"]})

    assert payout["destination"]["status"] == "new"
    assert "account" not in alone.get("/v1/events", {"type": "payout.created"})["data"][0]
    pass_days(alone, 4)
    assert alone.get(f"/v1/payouts/{payout['id']}")["status"] == "paid"


@pytest.mark.parametrize("kind", ["payout_failed", "payout_failed_after_paid"])
def test_a_fault_makes_a_payout_fail(alone: Client, kind: str) -> None:
    account = rich(alone)
    rule = {"method": "POST", "path": "/v1/payouts", "kind": kind, "times": 1}
    alone.control("PUT", "faults", {"rules": [rule]})
    payout, fine = sent_out(alone, account), sent_out(alone, account)

    alone.control("POST", "clock", {"now": payout["arrival_date"]})
    arrived = read(alone, account, payout)["status"]
    pass_days(alone, 5)

    after = read(alone, account, payout)
    assert (arrived == "paid") is (kind == "payout_failed_after_paid")
    assert (after["status"], after["failure_code"]) == ("failed", "could_not_process")
    assert read(alone, account, fine)["status"] == "paid"


@pytest.mark.parametrize(
    ("path", "kind", "status", "code"),
    [
        ("/v1/payouts", "insufficient_funds", 400, "balance_insufficient"),
        ("/v1/payouts", "account_disabled", 400, "payouts_not_allowed"),
        ("/v1/transfers", "insufficient_funds", 400, "balance_insufficient"),
        ("/v1/transfers", "account_disabled", 400, "transfers_not_allowed"),
        ("/v1/balance", "account_disabled", 403, "account_invalid"),
    ],
)
def test_a_fault_refuses_for_good_under_its_key(
    alone: Client, path: str, kind: str, status: int, code: str
) -> None:
    destination = seller(alone)
    funded(alone)
    alone.control("PUT", "faults", {"rules": [{"path": path, "kind": kind, "times": 1}]})
    sent = {"amount": 5_000, "currency": "sek"} | (
        {"destination": destination} if "transfers" in path else {}
    )
    if path == "/v1/balance":
        error = alone.refused(path, method="GET")
    else:
        error = alone.refused(path, sent, Idempotency_Key="k")
        assert alone.refused(path, sent, Idempotency_Key="k") == error
        assert alone.post(path, sent, Idempotency_Key="another")["amount"] == 5_000

    assert (error["status"], error["code"]) == (status, code)


def test_a_connect_endpoint_is_told_of_a_sellers_payout_by_the_clock_alone(alone: Client) -> None:
    account, connect = rich(alone), Listener()
    endpoint = {"url": connect.url, "secret": SECRET, "connect": True, "enabled_events": ["*"]}
    alone.control("PUT", "webhook-endpoints", [endpoint])
    payout = sent_out(alone, account)

    pass_days(alone, 4)
    wait_until(lambda: connect.heard("payout.paid"))

    event = connect.heard("payout.paid")[0]
    assert (event["account"], event["data"]["object"]["id"]) == (account, payout["id"])
    assert event["request"] == {"id": None, "idempotency_key": None}
    connect.close()


def test_what_time_has_begun_goes_on_after_a_kill(fresh: SandboxProcess, alone: Client) -> None:
    account = rich(alone)
    payout = sent_out(alone, account)
    fresh.kill()
    fresh.start()

    pass_days(alone, 4)

    assert read(alone, account, payout)["status"] == "paid"
