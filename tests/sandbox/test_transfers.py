"""Transfers: out of a charge at once, out of the balance when it is there, and back in parts."""

from typing import Any

import pytest

from .client import Client
from .process import SandboxProcess
from .sellers import NO_ACCOUNT, bare_account, funded, pass_days, seller, told


@pytest.fixture
def alone(fresh: SandboxProcess) -> Client:
    """A client of a sandbox nobody else uses."""
    return Client(fresh.url)


def available(api: Client, **headers: str) -> int:
    return int(api.get("/v1/balance", **headers)["available"][0]["amount"])


def pending(api: Client, **headers: str) -> int:
    return int(api.get("/v1/balance", **headers)["pending"][0]["amount"])


def moved(api: Client, charge: str, account: str, **fields: Any) -> Any:
    sent = {"currency": "sek", "source_transaction": charge, "destination": account, **fields}
    return api.post("/v1/transfers", sent)


def test_a_transfer_out_of_a_charge_succeeds_at_once_and_waits_where_it_went(alone: Client) -> None:
    account = seller(alone)
    charge = alone.paid(transfer_group="pay_7")["latest_charge"]

    transfer = moved(alone, charge, account, amount=1_023_000, metadata={"call_id": "c1"})

    assert (transfer["amount"], transfer["destination"], transfer["source_transaction"]) == (
        1_023_000,
        account,
        charge,
    )
    assert (available(alone), pending(alone)) == (0, 60_320)
    assert (available(alone, Stripe_Account=account), pending(alone, Stripe_Account=account)) == (
        0,
        1_023_000,
    )
    pass_days(alone, 2)
    assert (available(alone), available(alone, Stripe_Account=account)) == (60_320, 1_023_000)
    assert len(told(alone, "balance.available", Stripe_Account=account)) == 1


@pytest.mark.parametrize(
    ("sent", "kept"),
    [({"transfer_group": "pay_1"}, "pay_1"), ({}, None)],
    ids=["the charge has a group", "the charge has none"],
)
def test_a_transfer_takes_its_charges_group_and_never_another(
    api: Client, sent: dict[str, str], kept: str | None
) -> None:
    paid = api.paid(**sent)
    group = kept or f"group_{paid['id']}"

    transfer = moved(api, paid["latest_charge"], seller(api), amount=500, transfer_group="another")

    assert transfer["transfer_group"] == group
    assert api.get(f"/v1/charges/{paid['latest_charge']}")["transfer_group"] == group
    assert api.get("/v1/transfers", {"transfer_group": "another"})["data"] == []
    assert transfer in api.get("/v1/transfers", {"transfer_group": group})["data"]


def test_the_transfers_of_a_charge_never_exceed_it(api: Client) -> None:
    charge, account = api.paid(amount=10_000)["latest_charge"], seller(api)
    first = moved(api, charge, account, amount=7_000)

    over = {"currency": "sek", "source_transaction": charge, "destination": account, "amount": 3_001}
    error = api.refused("/v1/transfers", over)

    assert (error["status"], error["code"], error["param"]) == (400, "amount_too_large", "amount")
    assert moved(api, charge, account)["amount"] == 3_000
    assert api.refused("/v1/transfers", {**over, "amount": 1})["code"] == "amount_too_large"
    api.post(f"/v1/transfers/{first['id']}/reversals", {"amount": 500})
    assert moved(api, charge, account, amount=500)["amount"] == 500


def test_without_a_charge_the_money_must_be_available(alone: Client) -> None:
    account = seller(alone)
    alone.paid()
    sent = {"currency": "sek", "amount": 5_000, "destination": account, "transfer_group": "free"}

    error = alone.refused("/v1/transfers", sent)
    assert (error["status"], error["code"]) == (400, "balance_insufficient")

    pass_days(alone, 2)
    transfer = alone.post("/v1/transfers", sent)
    assert (transfer["transfer_group"], transfer["source_transaction"]) == ("free", None)
    assert available(alone, Stripe_Account=account) == 5_000
    assert (
        alone.refused("/v1/transfers", {**sent, "source_type": "bank_account"})["code"]
        == "balance_insufficient"
    )


def test_who_may_not_be_given_money(api: Client) -> None:
    charge = funded(api)["id"]
    sent = {"currency": "sek", "source_transaction": charge, "amount": 500}
    rejected = seller(api)
    api.post(f"/v1/accounts/{rejected}/reject", {"reason": "other"})

    def code(destination: str, **fields: Any) -> Any:
        error = api.refused("/v1/transfers", {**sent, "destination": destination, **fields})
        return error["status"], error.get("code"), error.get("param")

    assert code("acct_stranger") == (400, "resource_missing", "destination")
    assert code(bare_account(api)["id"]) == (400, "insufficient_capabilities_for_transfer", "destination")
    assert code(rejected) == (400, "transfers_not_allowed", "destination")
    assert code(seller(api), currency="eur") == (400, None, "currency")
    assert code(seller(api), amount=0) == (400, "parameter_invalid_integer", "amount")
    assert code(seller(api), source_transaction="ch_x") == (400, "resource_missing", "source_transaction")
    held = api.paid(capture_method="manual")["latest_charge"]
    assert code(seller(api), source_transaction=held)[2] == "source_transaction"
    assert api.post("/v1/transfers", {**sent, "destination": api.post("/v1/accounts")["id"]})["amount"] == 500


def test_reversals_come_in_parts_and_never_above_the_rest(alone: Client) -> None:
    account = seller(alone)
    transfer = moved(alone, alone.paid()["latest_charge"], account, amount=10_000)
    path = f"/v1/transfers/{transfer['id']}/reversals"

    first = alone.post(path, {"amount": 4_000, "metadata": {"why": "a"}, "description": "a part"})
    over = alone.refused(path, {"amount": 6_001})
    rest = alone.post(path, {})

    assert (over["status"], over["param"]) == (400, "amount")
    assert rest["amount"] == 6_000
    after = alone.get(f"/v1/transfers/{transfer['id']}")
    assert (after["amount_reversed"], after["reversed"]) == (10_000, True)
    assert [one["id"] for one in after["reversals"]["data"]] == [rest["id"], first["id"]]
    assert alone.get(path)["data"] == after["reversals"]["data"]
    assert alone.refused(path, {"amount": 1})["status"] == 400
    assert pending(alone, Stripe_Account=account) == 0
    assert pending(alone) == 1_083_320
    events = alone.get("/v1/events", {"type": "transfer.reversed"})["data"]
    assert events[1]["data"]["previous_attributes"]["amount_reversed"] == 0
    entry = alone.get(f"/v1/balance_transactions/{first['balance_transaction']}")
    assert (entry["type"], entry["description"]) == ("transfer_refund", "a part")


def test_a_reversal_of_money_that_has_left_the_account_is_refused(alone: Client) -> None:
    account = seller(alone)
    transfer = moved(alone, funded(alone)["id"], account, amount=10_000)
    alone.post("/v1/payouts", {"amount": 8_000, "currency": "sek"}, Stripe_Account=account)
    path = f"/v1/transfers/{transfer['id']}/reversals"

    assert alone.refused(path, {"amount": 2_001})["code"] == "balance_insufficient"

    assert alone.post(path, {"amount": 2_000})["amount"] == 2_000
    assert available(alone, Stripe_Account=account) == 0


def test_both_ends_of_a_transfer_are_found_by_expanding(api: Client) -> None:
    account = seller(api)
    transfer = moved(api, funded(api)["id"], account, amount=5_000)
    expand = ["balance_transaction", "destination", "destination_payment", "source_transaction"]

    shown = api.get(f"/v1/transfers/{transfer['id']}", {"expand": expand})

    assert (shown["balance_transaction"]["net"], shown["balance_transaction"]["type"]) == (-5_000, "transfer")
    assert shown["destination"]["id"] == account
    assert shown["destination_payment"]["source_transfer"] == transfer["id"]
    own = api.get("/v1/balance_transactions", Stripe_Account=account)["data"]
    assert [(one["type"], one["net"], one["source"]) for one in own] == [
        ("payment", 5_000, transfer["destination_payment"])
    ]


def test_the_account_sees_which_transfer_and_which_reversal_moved_its_money(api: Client) -> None:
    account = seller(api)
    transfer = moved(api, funded(api)["id"], account, amount=5_000)
    reversal = api.post(f"/v1/transfers/{transfer['id']}/reversals", {"amount": 2_000})

    listed = api.get("/v1/balance_transactions", {"expand": ["data.source"]}, Stripe_Account=account)["data"]

    back, there = (one["source"] for one in listed)
    assert (there["object"], there["source_transfer"]) == ("charge", transfer["id"])
    assert (back["object"], back["source_transfer_reversal"]) == ("refund", reversal["id"])
    assert back["id"] == reversal["destination_payment_refund"]


def test_a_transfer_is_listed_by_destination_and_changed_in_words_only(api: Client) -> None:
    account = seller(api)
    transfer = moved(api, funded(api)["id"], account, amount=5_000, metadata={"call_id": "c", "old": "x"})

    after = api.post(f"/v1/transfers/{transfer['id']}", {"metadata": {"old": ""}, "description": "for lot 7"})

    assert (after["metadata"], after["description"]) == ({"call_id": "c"}, "for lot 7")
    assert api.get("/v1/transfers", {"destination": account})["data"] == [after]
    changed = api.get("/v1/events", {"type": "transfer.updated", "limit": 1})["data"][0]["data"]
    assert changed["previous_attributes"] == {"description": None, "metadata": {"old": "x"}}


def test_the_journal_tells_of_transfers_and_reversals(alone: Client) -> None:
    account = seller(alone, iban=NO_ACCOUNT)
    paid = alone.paid(transfer_group="pay_7")
    transfer = moved(alone, paid["latest_charge"], account, amount=500, metadata={"call_id": "c"})
    reversal = alone.post(f"/v1/transfers/{transfer['id']}/reversals", {"amount": 200})

    _, sent, back = alone.journal()

    shared = {
        "destination": account,
        "charge": paid["latest_charge"],
        "source_transaction": paid["latest_charge"],
        "transfer": transfer["id"],
        "transfer_group": "pay_7",
        "currency": "sek",
    }
    assert {**sent, **shared, "type": "transfer", "id": transfer["id"], "amount": 500} == sent
    assert sent["metadata"] == {"call_id": "c"}
    assert {**back, **shared, "type": "reversal", "id": reversal["id"], "amount": 200} == back
