"""Stripe's own Python client, as any shop uses it, finds nothing to wonder at."""

import pytest
import stripe

from tests import local

from .client import Client
from .process import SandboxProcess
from .sellers import american, arrived


def test_it_pays_captures_lists_and_expands(official: stripe.StripeClient) -> None:
    customer = official.v1.customers.create({"email": "bo@shop.example", "metadata": {"id": "7"}})
    method = official.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    official.v1.payment_methods.attach(method.id, {"customer": customer.id})
    intent = official.v1.payment_intents.create(
        {
            "amount": 1_100_000,
            "currency": "sek",
            "customer": customer.id,
            "payment_method": method.id,
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            "confirm": True,
            "expand": ["latest_charge.balance_transaction"],
        },
        {"idempotency_key": "of the official client"},
    )

    assert intent.status == "succeeded"
    assert intent.latest_charge.balance_transaction.fee == 16_680  # type: ignore[union-attr]
    assert [one.id for one in official.v1.charges.list({"customer": customer.id})] == [
        intent.latest_charge.id
    ]  # type: ignore[union-attr]
    assert official.v1.balance.retrieve().pending[0].amount >= 1_083_320
    assert official.v1.accounts.retrieve_current().id.startswith("acct_")


def test_it_walks_through_pages_by_itself(official: stripe.StripeClient) -> None:
    made = {official.v1.customers.create({"email": "walk@shop.example"}).id for _ in range(7)}

    walked = official.v1.customers.list({"email": "walk@shop.example", "limit": 3}).auto_paging_iter()

    assert {one.id for one in walked} == made


@pytest.mark.parametrize(
    ("amount", "card", "error"),
    [
        (5000, "pm_card_chargeDeclined", stripe.CardError),
        (1, "pm_card_visa", stripe.InvalidRequestError),
        (5000, "pm_nobody", stripe.InvalidRequestError),
    ],
)
def test_it_raises_its_own_errors(
    official: stripe.StripeClient, amount: int, card: str, error: type[stripe.StripeError]
) -> None:
    with pytest.raises(error) as raised:
        official.v1.payment_intents.create(
            {"amount": amount, "currency": "sek", "payment_method": card, "confirm": True}
        )

    assert raised.value.request_id is not None


def test_it_knows_a_reused_key_a_bad_key_and_a_stranger(
    running: SandboxProcess, official: stripe.StripeClient
) -> None:
    official.v1.customers.create({"name": "a"}, {"idempotency_key": "reused"})
    with pytest.raises(stripe.IdempotencyError):
        official.v1.customers.create({"name": "b"}, {"idempotency_key": "reused"})
    with pytest.raises(stripe.PermissionError):
        official.v1.balance.retrieve({}, {"stripe_account": "acct_stranger"})
    nobody = stripe.StripeClient(
        "sk_live_123456789", base_addresses={"api": running.url}, max_network_retries=0
    )
    with pytest.raises(stripe.AuthenticationError):
        nobody.v1.balance.retrieve()


def test_it_reverses_a_payout_of_a_connected_account(api: Client, official: stripe.StripeClient) -> None:
    account = american(api)
    paid = arrived(api, account)["id"]

    made = official.v1.payouts.reverse(
        paid, {"metadata": {"why": "fraud"}, "expand": ["original_payout"]}, {"stripe_account": account}
    )

    assert (made.amount, made.status) == (-5_000, "pending")
    assert made.metadata is not None
    assert made.metadata["why"] == "fraud"
    assert isinstance(made.original_payout, stripe.Payout)
    assert (made.original_payout.id, made.original_payout.reversed_by) == (paid, made.id)
    with pytest.raises(stripe.InvalidRequestError):
        official.v1.payouts.reverse(paid, {}, {"stripe_account": account})


def test_its_retries_find_what_a_lost_answer_did(running: SandboxProcess) -> None:
    rule = {"method": "POST", "path": "/v1/payment_intents", "kind": "reset_after", "times": 1}
    local.put(f"{running.url}/sandbox/faults", json={"rules": [rule]})
    patient = stripe.StripeClient(
        "sk_test_retrying", base_addresses={"api": running.url}, max_network_retries=2
    )
    before = len(patient.v1.payment_intents.list({"limit": 100}).data)

    intent = patient.v1.payment_intents.create({"amount": 5000, "currency": "sek"})

    after = patient.v1.payment_intents.list({"limit": 100}).data
    assert len(after) == before + 1
    assert after[0].id == intent.id
