"""Reversed payouts: what a bank was paid is taken back from it, once, and nobody has it twice."""

from typing import Any

import pytest

from sandbox.payouts import next_weekday

from .client import Client
from .process import SandboxProcess
from .sellers import PLAIN_CLOSED_LATE, american, arrived, available, funded, pass_days, read, told

REVERSE = "/v1/payouts/{id}/reverse"


@pytest.fixture
def alone(fresh: SandboxProcess) -> Client:
    """A client of a sandbox nobody else uses."""
    return Client(fresh.url)


def reverse(payout: Any) -> str:
    return f"/v1/payouts/{payout['id']}/reverse"


@pytest.mark.parametrize("country", ["US", "CA"])
def test_a_paid_payout_is_taken_back_by_one_of_the_negative_amount(alone: Client, country: str) -> None:
    account = american(alone, country=country)
    paid = arrived(alone, account)
    expand = ["original_payout", "balance_transaction"]
    sent = {"metadata": {"why": "fraud"}, "expand": expand}

    made = alone.post(reverse(paid), sent, Stripe_Account=account)

    assert (made["amount"], made["status"], made["metadata"]) == (-5_000, "pending", {"why": "fraud"})
    assert made["original_payout"] == {**paid, "reversed_by": made["id"]}
    assert (made["destination"], made["balance_transaction"]["net"]) == (paid["destination"], 5_000)
    assert read(alone, account, paid) == made["original_payout"]
    assert told(alone, "payout.updated", Stripe_Account=account)[0] == made["original_payout"]
    assert available(alone, account) == 45_000
    alone.control("POST", "clock", {"now": made["arrival_date"]})
    assert (read(alone, account, made)["status"], available(alone, account)) == ("paid", 50_000)
    lines = [(line["status"], line["amount"]) for line in alone.journal() if line["id"] == made["id"]]
    assert lines == [("pending", -5_000), ("in_transit", -5_000), ("paid", -5_000)]
    for kind in ("payout.created", "payout.paid"):
        assert [one["id"] for one in told(alone, kind, Stripe_Account=account)] == [made["id"], paid["id"]]


def test_what_cannot_be_reversed_is_refused(alone: Client) -> None:
    account, british = american(alone), american(alone, country="GB")
    standard, late = american(alone, type="standard"), american(alone, number=PLAIN_CLOSED_LATE)
    refusal = {"status": 400, "type": "invalid_request_error"}

    def refused(owner: str, payout: Any, why: str) -> bool:
        error = alone.refused(reverse(payout), Stripe_Account=owner)
        return error.pop("message").endswith(f" {why}.") and error == refusal

    early = alone.post("/v1/payouts", {"amount": 5_000, "currency": "usd"}, Stripe_Account=account)
    assert refused(account, early, "it is pending")
    alone.post(f"/v1/payouts/{early['id']}/cancel", Stripe_Account=account)
    assert refused(account, early, "it is canceled")
    paid, failed = arrived(alone, account), arrived(alone, late)
    assert refused(british, arrived(alone, british), "in GB, and neither in US nor in CA")
    assert refused(standard, arrived(alone, standard), "does not bear the losses of its account")
    pass_days(alone, 5)
    assert refused(late, failed, "it is failed")
    made = alone.post(reverse(paid), Stripe_Account=account)
    assert refused(account, paid, f"{made['id']} has reversed it")
    alone.control("POST", "clock", {"now": made["arrival_date"]})
    assert refused(account, made, "it is a reversal itself")
    old, named = arrived(alone, account), {"status": 404, "code": "resource_missing", "param": "id"}
    for owner, payout in ((account, {"id": "po_nobody"}), (british, old)):
        assert named.items() <= alone.refused(reverse(payout), Stripe_Account=owner).items()
    funded(alone)
    own = alone.post("/v1/payouts", {"amount": 5_000, "currency": "sek"})
    assert alone.refused(reverse(own))["message"].endswith("not of a connected account.")
    pass_days(alone, 90)
    assert refused(account, old, "it arrived 90 days ago or earlier")


def test_a_payout_whose_bank_account_was_deleted_is_not_reversed(alone: Client) -> None:
    account = american(alone)
    paid = arrived(alone, account)
    alone.delete(f"/v1/accounts/{account}/external_accounts/{paid['destination']}")

    error = alone.refused(reverse(paid), Stripe_Account=account)

    assert (error["status"], error["message"][-29:]) == (400, "its bank account was deleted.")


@pytest.mark.parametrize(
    ("seconds_left", "fate"), [(1_800, "canceled"), (7_000, "failed"), (170_000, "failed")]
)
@pytest.mark.parametrize("rules", [[], [{"path": REVERSE, "kind": "payout_failed_after_paid"}]])
def test_money_comes_back_once_when_the_bank_returns_it_after_the_reversal(
    alone: Client, seconds_left: int, fate: str, rules: list[Any]
) -> None:
    account = american(alone, number=PLAIN_CLOSED_LATE)
    paid = arrived(alone, account)
    returned_at = next_weekday(paid["arrival_date"], days=2)
    alone.control("POST", "clock", {"now": max(returned_at - seconds_left, paid["arrival_date"] + 1)})
    alone.control("PUT", "faults", {"rules": rules})
    made = alone.post(reverse(paid), Stripe_Account=account)

    alone.control("POST", "clock", {"now": returned_at})

    assert (read(alone, account, made)["status"], read(alone, account, paid)["status"]) == (fate, "failed")
    pass_days(alone, 9)
    assert available(alone, account) == 50_000


@pytest.mark.parametrize("deed", ["cancel", "payout_failed", "payout_failed_after_paid"])
def test_a_reversal_that_comes_to_nothing_leaves_the_money_at_the_bank(alone: Client, deed: str) -> None:
    account = american(alone)
    paid = arrived(alone, account)
    if deed != "cancel":
        alone.control("PUT", "faults", {"rules": [{"path": REVERSE, "kind": deed}]})
    made = alone.post(reverse(paid), Stripe_Account=account)
    if deed == "cancel":
        alone.post(f"/v1/payouts/{made['id']}/cancel", Stripe_Account=account)
        assert available(alone, account) == 45_000

    pass_days(alone, 9)

    assert read(alone, account, made)["status"] == ("canceled" if deed == "cancel" else "failed")
    assert (read(alone, account, paid)["status"], available(alone, account)) == ("paid", 45_000)


def test_a_reversal_is_made_once_under_its_key(alone: Client) -> None:
    account = american(alone)
    paid = arrived(alone, account)

    first, second = (
        alone.call("POST", reverse(paid), Stripe_Account=account, Idempotency_Key="k") for _ in range(2)
    )

    assert (first.status_code, second.content) == (200, first.content)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert len(alone.get("/v1/payouts", Stripe_Account=account)["data"]) == 2
