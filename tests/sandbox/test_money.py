"""Money is conserved: a balance is the sum of its movements, and every movement has its reason."""

import time

import pytest

from .client import Client
from .process import SandboxProcess

DAY_SECONDS = 24 * 3600


@pytest.fixture
def alone(fresh: SandboxProcess) -> Client:
    """A client of a sandbox nobody else uses."""
    return Client(fresh.url)


def sums(alone: Client) -> dict[str, tuple[int, int]]:
    """(available, pending) by currency."""
    balance = alone.get("/v1/balance")
    pending = {one["currency"]: one["amount"] for one in balance["pending"]}
    return {one["currency"]: (one["amount"], pending[one["currency"]]) for one in balance["available"]}


@pytest.mark.parametrize(
    ("amount", "currency", "fee"),
    [
        (1_100_000, "sek", 16_680),
        (300, "sek", 185),
        (333, "sek", 185),
        (334, "sek", 185),
        (367, "sek", 186),
        (10_000, "eur", 175),
        (10_000, "usd", 0),
        (10_000, "jpy", 150),
    ],
)
def test_the_fee_is_one_and_a_half_percent_and_a_fixed_part(
    alone: Client, amount: int, currency: str, fee: int
) -> None:
    paid = alone.paid(amount=amount, currency=currency, expand=["latest_charge.balance_transaction"])

    entry = paid["latest_charge"]["balance_transaction"]
    assert (entry["amount"], entry["fee"], entry["net"]) == (amount, fee, amount - fee)
    assert (entry["type"], entry["source"]) == ("charge", paid["latest_charge"]["id"])
    assert sum(one["amount"] for one in entry["fee_details"]) == fee


def test_a_new_account_has_nothing(alone: Client) -> None:
    assert sums(alone) == {"sek": (0, 0)}


def test_the_balance_is_the_sum_of_its_movements_in_every_currency(alone: Client) -> None:
    alone.paid(amount=1_100_000)
    alone.paid(amount=7_777, currency="eur")
    alone.paid(amount=5_000, card="pm_card_bypassPending")
    alone.call("POST", "/v1/payment_intents", {"amount": 900, "currency": "sek", "confirm": True,
                                               "payment_method": "pm_card_chargeDeclined"})  # fmt: skip
    held = alone.paid(amount=60_000, capture_method="manual")
    alone.post(f"/v1/payment_intents/{held['id']}/capture", {"amount_to_capture": 20_000})
    alone.paid(amount=70_000, capture_method="manual")

    entries = alone.get("/v1/balance_transactions", {"limit": 100})["data"]
    for currency, (available, pending) in sums(alone).items():
        own = [one for one in entries if one["currency"] == currency]
        assert available + pending == sum(one["net"] for one in own)
        assert available == sum(one["net"] for one in own if one["status"] == "available")
    assert len(entries) == 4


def test_money_becomes_available_after_two_days_of_the_sandboxs_clock(alone: Client) -> None:
    alone.paid()
    assert sums(alone) == {"sek": (0, 1_083_320)}

    alone.control("POST", "clock", {"advance_seconds": 2 * DAY_SECONDS - 30})
    assert sums(alone) == {"sek": (0, 1_083_320)}
    alone.control("POST", "clock", {"advance_seconds": 30})

    assert sums(alone) == {"sek": (1_083_320, 0)}
    assert alone.get("/v1/balance_transactions")["data"][0]["status"] == "available"


def test_the_clock_moves_what_is_made_and_never_goes_back(alone: Client) -> None:
    tomorrow = int(time.time()) + DAY_SECONDS

    told = alone.control("POST", "clock", {"now": tomorrow})

    assert tomorrow <= told["now"] <= tomorrow + 5
    assert alone.post("/v1/customers")["created"] >= tomorrow
    with pytest.raises(AssertionError, match="never goes backwards"):
        alone.control("POST", "clock", {"now": tomorrow - 3600})
    with pytest.raises(AssertionError, match="never goes backwards"):
        alone.control("POST", "clock", {"advance_seconds": -1})
    for step in (
        {"advance": 1},
        {"advance_seconds": 1.5},
        {},
        {"now": 1, "advance_seconds": 1},
        {"now": 10**15},
    ):
        with pytest.raises(AssertionError, match=r"clock|whole seconds"):
            alone.control("POST", "clock", step)


def test_the_journal_has_a_line_for_each_change_of_status(alone: Client) -> None:
    paid = alone.paid(transfer_group="auction_7", metadata={"bid": "12"})
    held = alone.paid(amount=6_000, capture_method="manual")
    alone.post(f"/v1/payment_intents/{held['id']}/capture", {"amount_to_capture": 500})

    first, uncaptured, captured = alone.journal()

    assert first == {
        "type": "charge",
        "id": paid["latest_charge"],
        "status": "succeeded",
        "amount": 1_100_000,
        "currency": "sek",
        "account": alone.get("/v1/account")["id"],
        "destination": None,
        "charge": paid["latest_charge"],
        "payment_intent": paid["id"],
        "source_transaction": None,
        "transfer": None,
        "transfer_group": "auction_7",
        "metadata": {"bid": "12"},
        "at": first["at"],
    }
    assert (uncaptured["status"], uncaptured["amount"]) == ("uncaptured", 6_000)
    assert (captured["status"], captured["amount"], captured["id"]) == ("succeeded", 500, uncaptured["id"])


def test_movements_are_found_by_source_currency_and_type(alone: Client) -> None:
    first, second = alone.paid(), alone.paid(currency="eur")

    def found(**fields: str) -> list[str]:
        return [one["source"] for one in alone.get("/v1/balance_transactions", fields)["data"]]

    assert found(source=first["latest_charge"]) == [first["latest_charge"]]
    assert found(currency="eur") == [second["latest_charge"]]
    assert len(found(type="charge")) == 2
    assert found(type="payout") == []
