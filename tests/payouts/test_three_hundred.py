"""Three hundred payouts while answers are lost, failures are cached and keys forgotten: each seller once."""

from __future__ import annotations

import json
import random
import threading
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connections

from gateway import transfers
from ledger.chart import payable
from ledger.posting import JournalDraft, Line, post_journals
from payouts.models import ConnectedAccount, Earning, PayoutAttempt, PayoutItem, PayoutSchedule
from payouts.processors import PayoutProcessor
from people.models import User
from tests import local
from tests.browser.sandbox_process import Sandbox
from tests.cast import NOON
from tests.sandbox.client import Client
from tests.sandbox.sellers import bank_of
from tests.sandbox.sellers import seller as seller_at_stripe

# A Monday morning on which four bank days of November are due.
RUN = (NOON + timedelta(days=14)).replace(hour=7)
PAID_ON = [date(2026, 11, day) for day in (16, 17, 18, 19)]
# One to five in a payout, most of them few.
SALES = (1, 1, 1, 1, 2, 2, 3, 4, 5)
MOST_ROUNDS = 60
FAULTS = [
    ("reset_before", 0.10),
    ("reset_after", 0.12),
    ("500_after", 0.06),
    ("429", 0.05),
    ("malformed", 0.02),
]


@dataclass(frozen=True)
class Market:
    """Sellers with accounts at the sandbox, and what they have sold."""

    stripe: Sandbox
    accounts: list[str]

    def journal(self, kind: str) -> list[dict[str, Any]]:
        """The sandbox's own record of what reached these sellers, one line each, the last word on it."""
        text = local.get(f"{self.stripe.origin}/sandbox/journal", timeout=60).text
        told = [json.loads(line) for line in text.splitlines() if line]
        ours = [
            t for t in told if (t["destination"] if kind == "transfer" else t["account"]) in self.accounts
        ]
        return list({line["id"]: line for line in ours if line["type"] == kind}.values())


def a_market(stripe: Sandbox, *, sellers: int) -> Market:
    """Each seller has four payouts due, of one to five sales."""
    dice, api = random.Random(300), Client(stripe.origin)
    with ThreadPoolExecutor(4) as hands:
        accounts = list(hands.map(lambda _: seller_at_stripe(api), range(sellers)))
        banks = list(hands.map(lambda account: bank_of(api, account), accounts))
    people = User.objects.bulk_create(
        User(email=f"seller{n}@klubba.example", name=f"Seller {n}", is_seller=True) for n in range(sellers)
    )
    ConnectedAccount.objects.bulk_create(
        _account(person, *ids) for person, *ids in zip(people, accounts, banks, strict=True)
    )
    sales = [
        (person, paid_on, dice.randrange(10_000, 200_000))
        for person in people
        for paid_on in PAID_ON
        for _ in range(dice.choice(SALES))
    ]
    with ThreadPoolExecutor(4) as hands:
        earnings = list(hands.map(lambda sale: _sale(api, *sale), sales))
    Earning.objects.bulk_create(earnings)
    post_journals([_booked(earning) for earning in earnings])
    PayoutProcessor.create_payout_schedule(earnings, at=NOON)
    return Market(stripe, accounts)


def _account(person: User, account_id: str, bank_id: str) -> ConnectedAccount:
    return ConnectedAccount(
        seller=person,
        stripe_account_id=account_id,
        details_submitted=True,
        payouts_enabled=True,
        transfers_active=True,
        manual_payouts=True,
        bank_account_id=bank_id,
        bank_last4="0003",
        bank_country="SE",
        told_at=NOON,
        created_at=NOON,
    )


def _sale(api: Client, seller: User, paid_on: date, amount_minor: int) -> Earning:
    """A charge at the sandbox, in the group that its payment gives it, and what its seller earned by it.

    Less than half, so that Stripe's own bound, a charge's transfers within its amount, helps nobody.
    """
    payment_id = uuid.uuid4()
    paid = api.paid(amount=amount_minor, card="pm_card_bypassPending", transfer_group=f"pay_{payment_id}")
    return Earning(
        payment_id=payment_id,
        seller=seller,
        currency="SEK",
        amount_minor=amount_minor * 2 // 5,
        stripe_charge_id=paid["latest_charge"],
        paid_on=paid_on,
        available_on=paid_on,
        created_at=NOON,
    )


def _booked(earning: Earning) -> JournalDraft:
    line = Line("stripe:clearing", payable(earning.seller_id), earning.amount_minor)
    return JournalDraft(key=f"payment:{earning.payment_id}", currency="SEK", lines=(line,), at=NOON)


def run_until_all_left(market: Market, *, runners: int, rounds: int = MOST_ROUNDS) -> None:
    """Several runners at once, over and over, an hour apart in the same morning's run; keys are pruned."""
    rules = [
        {"method": "POST", "path": path, "probability": chance, "kind": kind}
        for path in ("/v1/transfers", "/v1/payouts")
        for kind, chance in FAULTS
    ]
    script = {"seed": 7, "rules": rules}
    local.put(f"{market.stripe.origin}/sandbox/faults", json=script).raise_for_status()
    start = threading.Barrier(runners)

    def run(number: int) -> None:
        start.wait()
        try:
            for turn in range(rounds):
                at = RUN + timedelta(hours=turn % 6, minutes=number)
                PayoutProcessor.pay_due_schedules(at=at, limit=1_000)
                local.post(f"{market.stripe.origin}/sandbox/prune-keys", json={}).raise_for_status()
                if not PayoutSchedule.objects.exclude(state="in_transit").exists():
                    return
        finally:
            connections.close_all()

    with ThreadPoolExecutor(runners) as threads:
        list(threads.map(run, range(runners)))


@pytest.fixture
def stripe(own_database: str, stripe_at: Sandbox) -> Sandbox:
    return stripe_at


def test_transfers_are_items_and_payouts_are_schedules_once_each(stripe: Sandbox) -> None:
    market = a_market(stripe, sellers=75)
    assert PayoutSchedule.objects.count() == 300

    run_until_all_left(market, runners=2)

    fired = local.get(f"{stripe.origin}/sandbox/faults").json()["rules"]
    assert min(rule["fired"] for rule in fired if rule["kind"] != "malformed") >= 5, fired
    assert Counter(PayoutSchedule.objects.values_list("state", flat=True)) == {"in_transit": 300}
    made, items = market.journal("transfer"), PayoutItem.objects.filter(state="transferred")
    assert sorted(t["id"] for t in made) == sorted(items.values_list("stripe_transfer_id", flat=True))
    assert sorted((t["metadata"]["item"], t["amount"]) for t in made) == sorted(
        (str(pk), net) for pk, net in items.values_list("pk", "net_minor")
    )
    sent, attempts = market.journal("payout"), PayoutAttempt.objects.filter(state="in_transit")
    assert len(sent) == 300
    assert sorted((p["id"], p["amount"]) for p in sent) == sorted(
        attempts.values_list("stripe_payout_id", "amount_minor")
    )
    earned = sum(Earning.objects.values_list("amount_minor", flat=True))
    assert sum(p["amount"] for p in sent) == sum(t["amount"] for t in made) == earned


def test_without_the_look_up_somebody_is_paid_twice(stripe: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above has teeth: what it counts on is the look-up."""
    market = a_market(stripe, sellers=6)
    monkeypatch.setattr(transfers, "_find_created", lambda call: None)

    run_until_all_left(market, runners=2, rounds=8)

    counts = Counter(transfer["metadata"]["item"] for transfer in market.journal("transfer"))
    assert max(counts.values()) > 1
