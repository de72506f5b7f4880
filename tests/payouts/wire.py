"""Saga's account and sales at the real sandbox, over the wire, and what its own journal says of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from gateway.accounts import retrieve_account
from gateway.client import stripe_client
from payments.completion_services.payment_completion import PaymentCompletionService
from payments.models import PaymentIntent
from payouts.bank_days import is_bank_day
from payouts.models import ConnectedAccount, Earning
from payouts.onboarding import begin_onboarding, keep_account
from people.models import User
from tests import local
from tests.browser.sandbox_process import Sandbox
from tests.cast import Cast, a_payment, a_won_bid
from tests.sandbox.client import Client

PAYS = "SE3550000000054910000003"


@dataclass
class Wire:
    """One sandbox, whose clock is moved with ours."""

    sandbox: Sandbox
    cast: Cast
    now: datetime

    @property
    def api(self) -> Client:
        return Client(self.sandbox.origin)

    def onboard(self, seller: User, *, iban: str = PAYS) -> str:
        """The seller fills in the hosted page, and we have heard of it; answers the account's id."""
        url = begin_onboarding(seller, return_url="http://a/", refresh_url="http://a/", at=self.now)
        filled = {"name": "Saga Sand", "iban": iban}
        assert local.post(f"{url}/complete", data=filled).status_code == 303
        account = ConnectedAccount.objects.get(seller=seller)
        facts = retrieve_account(account.stripe_account_id or "")
        assert keep_account(facts, told_at=None, at=self.now, told_before=account.told_at)
        return facts.id

    def sell(self, *, amount_minor: int = 1_100_000, seller: User | None = None) -> Earning:
        """A sale whose charge is real, and available at once."""
        bid = a_won_bid(
            self.cast.bo,
            seller or self.cast.saga,
            amount_minor=amount_minor,
            reserve_minor=None,
            at=self.now,
        )
        payment = a_payment(bid, at=self.now)
        charged = self.api.paid(
            amount=amount_minor, card="pm_card_bypassPending", transfer_group=f"pay_{payment.pk}"
        )
        PaymentIntent.objects.filter(pk=payment.pk).update(
            stripe_payment_intent_id=charged["id"],
            stripe_charge_id=charged["latest_charge"],
            charged_at=self.now,
        )
        PaymentCompletionService.process_payment_completion(
            PaymentIntent.objects.get(pk=payment.pk), at=self.now
        )
        Earning.objects.filter(payment_id=payment.pk).update(available_on=self.now.date())
        return Earning.objects.get(payment_id=payment.pk)

    def pass_days(self, days: int) -> datetime:
        """Move both clocks; answers the time, at noon."""
        self.now += timedelta(days=days)
        told = {"now": int(self.now.timestamp())}
        local.post(f"{self.sandbox.origin}/sandbox/clock", json=told).raise_for_status()
        return self.now

    def fail(
        self, kind: str, path: str, *, times: int = 1, nth: int | None = None, method: str = "POST"
    ) -> None:
        """Make calls of that path fail."""
        rule: dict[str, object] = {"method": method, "path": path, "times": times, "kind": kind}
        rule |= {"nth": nth} if nth else {"probability": 1}
        local.put(
            f"{self.sandbox.origin}/sandbox/faults", json={"seed": 1, "rules": [rule]}
        ).raise_for_status()

    def mend(self) -> None:
        local.delete(f"{self.sandbox.origin}/sandbox/faults").raise_for_status()

    def forget_keys(self) -> None:
        local.post(f"{self.sandbox.origin}/sandbox/prune-keys", json={}).raise_for_status()

    def made(self, kind: str) -> list[int]:
        """The amounts of the transfers, reversals or payouts that exist at Saga's account."""
        account = ConnectedAccount.objects.get(seller=self.cast.saga).stripe_account_id
        lines = {line["id"]: line for line in self.api.journal() if line["type"] == kind}
        return sorted(
            line["amount"] for line in lines.values() if account in (line["destination"], line["account"])
        )


def at_noon(sandbox: Sandbox, cast: Cast) -> Wire:
    """Both clocks at the noon of a Monday after which banks are open for two weeks."""
    local.post(f"{sandbox.origin}/sandbox/prune-keys", json={}).raise_for_status()
    made = stripe_client().v1.payment_intents.create({"amount": 1_000, "currency": "sek"})
    day = datetime.fromtimestamp(made.created, UTC).replace(hour=11, minute=0, second=0, microsecond=0)
    while not all(_is_ordinary((day + timedelta(days=ahead)).date(), ahead) for ahead in range(1, 13)):
        day += timedelta(days=1)
    wire = Wire(sandbox, cast, day)
    wire.pass_days(1)
    return wire


def _is_ordinary(day: date, ahead: int) -> bool:
    """Whether banks are open, or it is a weekend where one has to be."""
    return is_bank_day(day, currency="SEK") if ahead % 7 not in (6, 0) else day.weekday() >= 5
