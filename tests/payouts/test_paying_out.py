"""The seller's half, over the wire: a dated payout becomes transfers and one payout to the bank."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest

from test_complete_payment_dashboard_integration import pay_at_stripe, win_an_auction
from tests import local
from tests.live import Klubba, Person, running_klubba, wait_for

IBAN = "SE3550000000054910000003"


@pytest.fixture
def klubba(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Klubba]:
    """One whose clock may be moved."""
    with running_klubba(tmp_path_factory.mktemp("paying-out") / "home") as klubba:
        yield klubba


@pytest.fixture
def saga(klubba: Klubba) -> Person:
    return Person(klubba, "saga@klubba.example")


@pytest.fixture
def bo(klubba: Klubba) -> Person:
    return Person(klubba, "bo@klubba.example")


def onboard(saga: Person, *, iban: str = IBAN) -> None:
    """What Saga does at Stripe's own page, and waiting until we have heard of it."""
    url = saga.post("/api/payments/account/")["url"]
    local.get(url, timeout=20).raise_for_status()
    done = local.post(f"{url}/complete", data={"name": "Saga Sand", "iban": iban}, timeout=20)
    assert done.status_code in (200, 303), done.text
    wait_for(lambda: saga.get("/api/payments/account/")["status"] == "ready")


def sell(klubba: Klubba, saga: Person, bo: Person, *, amount: str = "11000.00") -> Any:
    """A paid sale; answers its payout."""
    started = bo.post("/api/payments/payment-intent/", bid_id=win_an_auction(saga, bo, amount=amount))
    pay_at_stripe(klubba, started)
    path = f"/api/payments/payment-intent/{started['payment_intent']['id']}/"
    wait_for(lambda: bo.get(path)["outcome"])
    return saga.get("/api/payments/payouts/")[0]


def pay_due(klubba: Klubba, payout: Any) -> None:
    klubba.manage("pay_due", "--at", f"{payout['scheduled_date']}T08:00+01:00")


def journal(klubba: Klubba, kind: str) -> dict[str, Any]:
    """The sandbox's own record: the last word on each thing of a kind."""
    lines = local.get(f"{klubba.sandbox}/sandbox/journal", timeout=20).text.splitlines()
    told = [json.loads(line) for line in lines if line]
    return {line["id"]: line for line in told if line["type"] == kind}


def test_the_reference_sale_ends_in_the_bank_and_the_books_agree_with_stripe(
    klubba: Klubba, saga: Person, bo: Person
) -> None:
    """11,000.00 at 7 %: 10,230.00 to the seller's bank, 770.00 less Stripe's fee left with us."""
    onboard(saga)
    payout = sell(klubba, saga, bo)
    klubba.advance_stripes_clock(days=8)
    path, seller = f"/api/payments/payouts/{payout['id']}/", payout["seller_id"]
    the_day_before = date.fromisoformat(payout["scheduled_date"]) - timedelta(days=1)

    klubba.manage("pay_due", "--at", f"{the_day_before.isoformat()}T08:00+01:00")
    assert saga.get(path)["state"] == "scheduled"
    klubba.manage("pay_due", "--at", f"{payout['scheduled_date']}T05:59+01:00")
    assert saga.get(path)["state"] == "scheduled"
    pay_due(klubba, payout)
    klubba.advance_stripes_clock(days=7)
    wait_for(lambda: saga.get(path)["state"] == "paid")
    klubba.manage("reconcile")

    told = ["payout.sending", "payout.transferred", "payout.sent", "payout.paid"]
    assert [step["kind"] for step in saga.get(path)["timeline"]] == ["payout.scheduled", *told]
    assert [step["kind"] for step in the_sale(saga)["timeline"]][-2:] == ["payout.sent", "payout.paid"]
    assert the_sale(bo)["timeline"][-1]["kind"] == "payment.completed"
    assert [t["amount"] for t in journal(klubba, "transfer").values()] == [1_023_000]
    assert [(p["amount"], p["status"]) for p in journal(klubba, "payout").values()] == [(1_023_000, "paid")]
    for place in (f"seller:{seller}:payable", f"seller:{seller}:reserved", f"seller:{seller}:in_transit"):
        assert klubba.balance_minor(place) == 0
    assert klubba.balance_minor(f"stripe:connected:{seller}") == klubba.balance_minor(
        f"bank:transit:{seller}"
    )
    assert klubba.balance_minor("platform:commission") == -77_000
    fee_minor = klubba.balance_minor("platform:stripe_fees")
    assert fee_minor > 0
    assert klubba.balance_minor("stripe:clearing") == 77_000 - fee_minor == stripes_balance_minor(klubba)
    assert klubba.balance_minor("suspense") == 0


def the_sale(person: Person) -> Any:
    """The payment as one of its two sees it."""
    (payment,) = person.get("/api/payments/payment-intent/")
    return payment


def stripes_balance_minor(klubba: Klubba) -> int:
    """What lies on the platform's account at Stripe, by Stripe."""
    headers = {"Authorization": "Bearer sk_test_of_the_tests_0001"}
    balance = local.get(f"{klubba.sandbox}/v1/balance", headers=headers, timeout=20).json()
    return sum(part["amount"] for kind in ("available", "pending") for part in balance[kind])


def test_four_who_pay_at_once_make_one_transfer_and_one_payout(
    klubba: Klubba, saga: Person, bo: Person
) -> None:
    onboard(saga)
    payout = sell(klubba, saga, bo)
    klubba.advance_stripes_clock(days=8)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: pay_due(klubba, payout), range(4)))

    assert len(journal(klubba, "transfer")) == 1
    assert len(journal(klubba, "payout")) == 1
    assert saga.get(f"/api/payments/payouts/{payout['id']}/")["state"] in ("in_transit", "paid")


def test_without_an_account_the_payout_waits_and_says_why(klubba: Klubba, saga: Person, bo: Person) -> None:
    payout = sell(klubba, saga, bo)

    pay_due(klubba, payout)

    waiting = saga.get(f"/api/payments/payouts/{payout['id']}/")
    assert waiting["state"] == "scheduled"
    assert re.match("Tell Stripe where your bank is", waiting["reason"])
    assert journal(klubba, "transfer") == {}
