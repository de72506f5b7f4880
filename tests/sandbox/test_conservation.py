"""Whatever is done in whatever order: no money is made, and none is lost."""

import random
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import integers, lists

from .client import Client
from .process import SandboxProcess
from .published import defects_of_object, document
from .sellers import (
    AMERICAN,
    CLOSED,
    CLOSED_LATE,
    PLAIN_CLOSED_LATE,
    PLAIN_SUCCEEDS,
    SUCCEEDS,
    pass_days,
    seller,
)

CARDS = ("visa", "bypassPending", "createDispute", "createDisputeInquiry", "refundFail", "chargeDeclined")
STEPS = 60


class Market:
    """A marketplace where everything happens by the throw of dice."""

    def __init__(self, api: Client, dice: random.Random, currencies: tuple[str, ...] = ("sek",)) -> None:
        self.api, self.dice, self.currencies = api, dice, currencies
        self.sellers = [seller(api, iban=iban) for iban in (SUCCEEDS, CLOSED, CLOSED_LATE)]
        self.abroad = [self.seller_abroad(number) for number in (PLAIN_SUCCEEDS, PLAIN_CLOSED_LATE)]
        self.sellers += self.abroad
        self.charges: list[tuple[str, str]] = []

    def seller_abroad(self, number: str) -> str:
        """A seller whose money goes to an American bank, in kronor like everybody's."""
        account = seller(self.api)
        bank = {**AMERICAN, "currency": "sek", "account_number": number}
        fields = {"external_account": bank, "default_for_currency": True}
        self.api.post(f"/v1/accounts/{account}/external_accounts", fields)
        return account

    def step(self) -> None:
        """One thing more; a refusal is an answer too."""
        deeds = (self.pay, self.pay, self.hold, self.sell, self.transfer, self.transfer, self.payout,
                 self.refund, self.reverse, self.take_back, self.answer, self.cancel, self.wait)  # fmt: skip
        self.dice.choice(deeds)()

    def pay(self) -> None:
        card = f"pm_card_{self.dice.choice(CARDS)}"
        answer = self.api.call("POST", "/v1/payment_intents", {**self.asked(), "payment_method": card})
        if answer.status_code == 200:
            self.charges.append((answer.json()["latest_charge"], answer.json()["currency"]))

    def asked(self) -> dict[str, Any]:
        amount_minor, currency = self.dice.randint(3_000, 90_000), self.dice.choice(self.currencies)
        return {"amount": amount_minor, "currency": currency, "confirm": True}

    def hold(self) -> None:
        held = self.api.post(
            "/v1/payment_intents",
            {**self.asked(), "payment_method": "pm_card_visa", "capture_method": "manual"},
        )
        path = f"/v1/payment_intents/{held['id']}"
        if self.dice.random() < 0.5:
            self.api.post(f"{path}/cancel")
        else:
            self.api.post(f"{path}/capture", {"amount_to_capture": self.dice.randint(1, held["amount"])})
            self.charges.append((held["latest_charge"], held["currency"]))

    def sell(self) -> None:
        """A sale from the card to the bank, whatever the bank makes of it later."""
        self.sell_for(self.dice.choice(self.sellers))

    def sell_for(self, destination: str) -> None:
        paid = self.api.paid(amount=self.dice.randint(3_000, 90_000), card="pm_card_bypassPending")
        fields = {"currency": "sek", "destination": destination, "source_transaction": paid["latest_charge"]}
        amount_minor = self.api.post("/v1/transfers", fields)["amount"]
        sent = {"currency": "sek", "amount": amount_minor}
        self.api.post("/v1/payouts", sent, Stripe_Account=destination)

    def transfer(self) -> None:
        currency, destination = self.dice.choice(self.currencies), self.dice.choice(self.sellers)
        fields: dict[str, Any] = {"currency": currency, "destination": destination}
        if self.charges and self.dice.random() < 0.7:
            fields["source_transaction"], fields["currency"] = self.dice.choice(self.charges)
        self.api.call("POST", "/v1/transfers", {**fields, "amount": self.dice.randint(1, 60_000)})

    def payout(self) -> None:
        account = self.dice.choice([*self.sellers, None])
        headers = {"Stripe_Account": account} if account else {}
        there = self.api.get("/v1/balance", **headers)["available"]
        line = self.dice.choice(there)
        most = max(2_000, line["amount"] + 1_000)
        fields = {"amount": self.dice.randint(2_000, most), "currency": line["currency"]}
        self.api.call("POST", "/v1/payouts", fields, **headers)

    def refund(self) -> None:
        if self.charges:
            fields = {"charge": self.dice.choice(self.charges)[0], "amount": self.dice.randint(1, 50_000)}
            self.api.call("POST", "/v1/refunds", fields)

    def reverse(self) -> None:
        made = self.api.get("/v1/transfers", {"limit": 100})["data"]
        if made:
            path = f"/v1/transfers/{self.dice.choice(made)['id']}/reversals"
            self.api.call("POST", path, {"amount": self.dice.randint(1, 40_000)})

    def take_back(self) -> None:
        """From an American bank, which may send it back by itself or has done so."""
        account = self.dice.choice(self.abroad)
        self.sell_for(account)
        self.wait()
        for payout in self.api.get("/v1/payouts", {"status": "paid"}, Stripe_Account=account)["data"]:
            self.api.call("POST", f"/v1/payouts/{payout['id']}/reverse", {}, Stripe_Account=account)

    def answer(self) -> None:
        for dispute in self.api.get("/v1/disputes")["data"][:1]:
            words = self.dice.choice(
                ("winning_evidence", "losing_evidence", "escalate_inquiry_evidence", "other")
            )
            self.api.call(
                "POST", f"/v1/disputes/{dispute['id']}", {"evidence": {"uncategorized_text": words}}
            )

    def cancel(self) -> None:
        account = self.dice.choice(self.sellers)
        for payout in self.api.get("/v1/payouts", {"status": "pending"}, Stripe_Account=account)["data"][:1]:
            self.api.call("POST", f"/v1/payouts/{payout['id']}/cancel", {}, Stripe_Account=account)

    def wait(self) -> None:
        pass_days(self.api, self.dice.randint(1, 4))


def everything(api: Client, path: str, **headers: str) -> list[Any]:
    """All pages of a list."""
    found: list[Any] = []
    while True:
        after = {"starting_after": found[-1]["id"]} if found else {}
        page = api.get(path, {"limit": 100, **after}, **headers)
        found += page["data"]
        if not page["has_more"]:
            return found


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seeds=lists(integers(0, 2**32), min_size=5, max_size=40))
def test_what_is_available_and_pending_is_what_was_booked_after_every_step(
    api: Client, seeds: list[int]
) -> None:
    market = Market(api, random.Random(0), currencies=("sek", "eur", "jpy"))
    books = [Books(api, account) for account in (None, *market.sellers)]

    for seed in seeds:
        market.dice.seed(seed)
        market.step()
        for book in books:
            balance, booked = book.compared()
            assert balance == booked


class Books:
    """What an account has, beside what was booked on it since the books were opened."""

    def __init__(self, api: Client, account: str | None) -> None:
        self.api = api
        self.headers = {"Stripe_Account": account} if account else {}
        self.newest = [one["id"] for one in self.entries(limit=1)]
        self.sums = self.balance()

    def entries(self, **fields: Any) -> list[Any]:
        page: list[Any] = self.api.get("/v1/balance_transactions", fields, **self.headers)["data"]
        return page

    def compared(self) -> tuple[Counter[str], Counter[str]]:
        """Both of one moment: what time does by itself between the two is waited for."""
        while True:
            before, balance = self.booked(), self.balance()
            if self.booked() == before:
                return balance, before

    def balance(self) -> Counter[str]:
        """Available and pending together, by currency; a currency with nothing in it is left out."""
        told = self.api.get("/v1/balance", **self.headers)
        lines = [*told["available"], *told["pending"]]
        return summed((one["currency"], one["amount"]) for one in lines)

    def booked(self) -> Counter[str]:
        """The sum that was there, and the net of every movement since."""
        while entries := self.entries(
            limit=100, **({"ending_before": self.newest[0]} if self.newest else {})
        ):
            assert all(one["net"] == one["amount"] - one["fee"] for one in entries)
            self.sums = summed([*self.sums.items(), *((one["currency"], one["net"]) for one in entries)])
            self.newest = [entries[0]["id"]]
        return self.sums


def summed(amounts: Iterable[tuple[str, int]]) -> Counter[str]:
    """The sum by currency, without those that are zero."""
    sums: Counter[str] = Counter()
    for currency, amount_minor in amounts:
        sums[currency] += amount_minor
    return Counter({currency: amount_minor for currency, amount_minor in sums.items() if amount_minor})


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_money_is_conserved_whatever_happens(fresh: SandboxProcess, seed: int) -> None:
    api = Client(fresh.url)
    market = Market(api, random.Random(seed))

    for _ in range(STEPS):
        market.step()

    balances = 0
    for account in (None, *market.sellers):
        headers = {"Stripe_Account": account} if account else {}
        balance = api.get("/v1/balance", **headers)
        entries = everything(api, "/v1/balance_transactions", **headers)
        told = {
            state: sum(one["amount"] for one in balance[state] if one["currency"] == "sek")
            for state in ("available", "pending")
        }
        for state, amount in told.items():
            assert amount == sum(one["net"] for one in entries if one["status"] == state), (account, state)
        assert all(one["net"] == one["amount"] - one["fee"] for one in entries)
        balances += sum(told.values())
    assert balances == came_in(api) - went_out(api, market)
    for charge in everything(api, "/v1/charges"):
        assert transferred(api, charge["id"]) <= charge["amount"]
        assert charge["amount_refunded"] <= charge["amount"]


def came_in(api: Client) -> int:
    """What cards paid, less fees, refunds that stand, and disputes."""
    entries = everything(api, "/v1/balance_transactions")
    fees = sum(one["fee"] for one in entries)
    paid = sum(one["amount_captured"] for one in everything(api, "/v1/charges") if one["paid"])
    refunded = sum(one["amount"] for one in everything(api, "/v1/refunds") if one["status"] == "succeeded")
    taken = sum(
        one["amount"]
        for one in everything(api, "/v1/disputes")
        if one["status"] in ("needs_response", "under_review", "lost")
    )
    return paid - fees - refunded - taken


def went_out(api: Client, market: Market) -> int:
    """What banks have, or are on their way to have; each gives back only what it has, and once."""
    out = 0
    for account in (None, *market.sellers):
        headers = {"Stripe_Account": account} if account else {}
        made = everything(api, "/v1/payouts", **headers)
        standing = {one["id"]: one for one in made if one["status"] in ("pending", "in_transit", "paid")}
        taken = [one["original_payout"] for one in standing.values() if one["original_payout"]]
        assert len(set(taken) & set(standing)) == len(taken)
        out += sum(one["amount"] for one in standing.values())
    return out


def transferred(api: Client, charge: str) -> int:
    return sum(
        one["amount"] - one["amount_reversed"]
        for one in everything(api, "/v1/transfers")
        if one["source_transaction"] == charge
    )


def test_every_event_of_money_out_carries_an_object_of_the_published_shape(fresh: SandboxProcess) -> None:
    api = Client(fresh.url)
    market = Market(api, random.Random(4))
    for _ in range(3):
        for deed in (
            market.pay,
            market.transfer,
            market.reverse,
            market.take_back,
            market.refund,
            market.answer,
            market.cancel,
        ):
            for _ in range(4):
                deed()
        market.wait()
        market.payout()
    pass_days(api, 12)

    told = [one for account in (None, *market.sellers) for one in events_of(api, account)]

    assert len({one["type"] for one in told}) >= 20
    schemas = document()["components"]["schemas"]
    for event in told:
        shape = document()["x-event-types"][event["type"]]
        shape = "BankAccount" if shape == "ExternalAccount" else shape
        assert shape in schemas
        assert defects_of_object(event["data"]["object"], shape) == [], event["type"]


def events_of(api: Client, account: str | None) -> list[Any]:
    return everything(api, "/v1/events", **({"Stripe_Account": account} if account else {}))
