"""A history to look at: a tidy one for pictures, and one with everything that makes a page ugly."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import stripe

from config import embedded_postgres
from config.environment import read_environment
from test_complete_payment_dashboard_integration import win_an_auction
from tests import local
from tests.live import Klubba, Person, wait_for

SALES = {"Rococo chest, 1780": "11000.00", "Brass chandelier": "4250.00", "Six Gustavian chairs": "830.50"}
ENDLESS = "Kista" * 40
BACKWARDS = "Dalahäst \u202e0871 ,gitkniv"
MARKUP = '<script>alert(1)</script> & <b>"Bureau"</b> {{ 7|add:7 }}'
PAYOUT_STATES = ("held", "approval", "sending", "transferred", "in_transit", "paid", "returned", "canceled")
REASONS = {
    "held": "We look into a complaint.",
    "approval": "It is being reviewed.",
    "transferred": "The money is with Stripe and becomes available there first.",
    "returned": "The bank sent it back (account_closed).",
    "canceled": "Everything on it moved to another day.",
}
ATTEMPTED = ("in_transit", "paid", "returned")
GUARDS = "ALTER TABLE payouts_payoutschedule {} TRIGGER USER"


@dataclass
class History:
    """What there is to look at, by a name: ids of bids, payments and payouts."""

    klubba: Klubba
    saga: Person
    bo: Person
    bids: dict[str, int] = field(default_factory=dict)
    payments: dict[str, str] = field(default_factory=dict)
    payouts: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)

    def sql(self, statement: str, *values: object) -> None:
        """What no request brings about within a test's time, written as the owner of the tables."""
        with psycopg.connect(embedded_postgres.start(self.klubba.home), autocommit=True) as connection:
            connection.execute(statement, values)

    def ask_by_mail(self, page: str, email: str) -> str:
        """The path of the link in the letter that somebody asks for at this page."""
        with local.Client() as nobody:
            form = nobody.get(f"{self.klubba.site}/{page}/").text
            token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
            assert token
            told = {"email": email, "csrfmiddlewaretoken": token[1]}
            nobody.post(f"{self.klubba.site}/{page}/", data=told).raise_for_status()
        return wait_for(lambda: self.link_to(page, email))

    def link_to(self, page: str, email: str) -> str:
        """The path of a link to this page in a letter to somebody; empty before there is one."""
        with psycopg.connect(embedded_postgres.start(self.klubba.home)) as connection:
            texts = connection.execute("SELECT text FROM notifications_letter WHERE address = %s", [email])
            found = re.search(rf"{self.klubba.site}(/{page}/\S+/)", " ".join(text for (text,) in texts))
        return found[1] if found else ""

    @property
    def seller_id(self) -> int:
        return int(self.saga.get("/api/payments/payment-intent/")[0]["seller_id"])

    def win(self, name: str, *, amount: str = "2400.00", title: str = "Mora clock, about 1820") -> int:
        self.bids[name] = win_an_auction(self.saga, self.bo, amount=amount, title=title)
        return self.bids[name]

    def begin(self, name: str, **lot: str) -> Any:
        """A won bid whose payment was begun."""
        started = self.bo.post("/api/payments/payment-intent/", bid_id=self.win(name, **lot))
        self.payments[name] = started["payment_intent"]["id"]
        return started

    def sell(self, name: str, **lot: str) -> None:
        """A paid sale, completed from its webhook."""
        self.use_card(self.begin(name, **lot), "pm_card_visa")
        self.await_payment(name, lambda payment: payment["outcome"])
        self.payouts[name] = self.saga.get("/api/payments/payouts/")[0]["id"]

    def use_card(self, started: Any, card: str) -> None:
        """What Stripe.js does when the buyer presses the button."""
        stripe_id = started["payment_intent"]["stripe_payment_intent_id"]
        local.post(
            f"{self.klubba.sandbox}/v1/payment_intents/{stripe_id}/confirm",
            data={"client_secret": started["client_secret"], "payment_method": card},
            headers={"Authorization": f"Bearer {started['publishable_key']}"},
            timeout=20,
        )

    def await_payment(self, name: str, has_come: Callable[[Any], object]) -> None:
        path = f"/api/payments/payment-intent/{self.payments[name]}/"
        wait_for(lambda: has_come(self.bo.get(path)))

    def tell(self, kind: str, subject: dict[str, object]) -> None:
        """An event, signed as Stripe signs."""
        now = int(time.time())
        event = {"id": f"evt_{uuid.uuid4().hex}", "object": "event", "api_version": "2026-10-28.endive"}
        event |= {"created": now, "type": kind, "livemode": False, "data": {"object": subject}}
        body = json.dumps(event)
        secret = read_environment(self.klubba.env).stripe_webhook_secrets[0]
        signature = stripe.WebhookSignature.generate_signature_header(body, secret, now)
        local.post(
            f"{self.klubba.site}/api/payments/webhooks/stripe/",
            content=body,
            headers={"Stripe-Signature": signature, "Content-Type": "application/json"},
        ).raise_for_status()

    def control(self, what: str, **body: object) -> None:
        local.put(f"{self.klubba.sandbox}/sandbox/{what}", json=body).raise_for_status()


def tidy_history(klubba: Klubba) -> History:
    """Three sales, and one that waits for its buyer."""
    people = (Person(klubba, f"{who}@klubba.example") for who in ("saga", "bo"))
    history = History(klubba, *people)
    for title, amount in SALES.items():
        history.sell("paid", amount=amount, title=title)
    history.begin("to-pay")
    return history


def whole_history(klubba: Klubba) -> History:
    """Every state a page may show, with titles that nobody should write. At the end no worker runs."""
    history = tidy_history(klubba)
    _a_payout_for_each_state(history)
    _payments_in_each_state(history)
    for name, title in {"endless": ENDLESS, "backwards": BACKWARDS, "markup": MARKUP}.items():
        history.sell(name, title=title, amount="999999.99")
        history.begin(f"{name}-to-pay", title=title, amount="999999.99")
    _messages_in_each_state(history)
    _an_account(history)
    _mallory(history)
    history.links["join"] = history.ask_by_mail("sign-up", "new@klubba.example")
    history.links["new-password"] = history.ask_by_mail("password-reset", "bo@klubba.example")
    history.links["stop-letters"] = wait_for(lambda: history.link_to("letters/stop", "saga@klubba.example"))
    _unfinished(history)
    klubba.kill("worker")
    _payouts_in_each_state(history)
    return history


def _a_payout_for_each_state(history: History) -> None:
    """Each sale on a schedule of its own: one that is held takes no more."""
    for state in PAYOUT_STATES:
        history.sell(state, title=f"Pair of candlesticks, {len(history.payouts)}", amount="1250.00")
        history.sql("UPDATE payouts_payoutschedule SET state = 'held' WHERE id = %s", history.payouts[state])
    history.sell("scheduled", title="Tile stove, green")
    day = history.saga.get(f"/api/payments/payouts/{history.payouts['scheduled']}/")["scheduled_date"]
    history.klubba.manage("pay_due", "--at", f"{day}T08:00+01:00")


def _payouts_in_each_state(history: History) -> None:
    history.sql(GUARDS.format("DISABLE"))
    for state in ATTEMPTED:
        history.sql(
            "INSERT INTO payouts_payoutattempt (id, seller_id, currency, amount_minor, destination_account,"
            " destination_bank, state, stripe_payout_id, arrives_on, failure_code, created_at, updated_at)"
            " SELECT id, seller_id, currency, total_minor, 'acct_1', 'ba_1', %s, %s, scheduled_date + 3, '',"
            " now(), now() FROM payouts_payoutschedule WHERE id = %s",
            state,
            f"po_{state}",
            history.payouts[state],
        )
    for state in PAYOUT_STATES:
        history.sql(
            "UPDATE payouts_payoutschedule SET state = %s, reason = %s, destination_account = 'acct_1',"
            " destination_bank = 'ba_1', payout_id = CASE WHEN %s THEN id END,"
            " paid_at = CASE WHEN %s = 'paid' THEN now() END WHERE id = %s",
            "held" if state == "approval" else state,
            REASONS.get(state, ""),
            state in ATTEMPTED,
            state,
            history.payouts[state],
        )
    history.sql(GUARDS.format("ENABLE"))
    for state, kind in {"held": "operator", "approval": "approval"}.items():
        history.sql(
            "INSERT INTO payouts_hold (kind, seller_id, schedule_id, reason, placed_at, placed_by_id,"
            " release_reason) SELECT %s, seller_id, id, %s, now(),"
            " (SELECT id FROM people_user WHERE email = 'olga@klubba.example'), ''"
            " FROM payouts_payoutschedule WHERE id = %s",
            kind,
            REASONS[state],
            history.payouts[state],
        )


def _payments_in_each_state(history: History) -> None:
    history.use_card(history.begin("declined"), "pm_card_visa_chargeDeclinedInsufficientFunds")
    history.await_payment("declined", lambda payment: payment["last_error"])
    history.use_card(history.begin("approval"), "pm_card_threeDSecure2Required")
    history.await_payment("approval", lambda payment: payment["status"] == "requires_action")
    started = history.begin("processing", title="Clock on its way")
    _tell_status(history, started, "processing")
    history.await_payment("processing", lambda payment: payment["status"] == "processing")
    _tell_status(history, history.begin("expired", title="Nobody paid this"), "canceled")
    history.await_payment("expired", lambda payment: payment["status"] == "canceled")
    _let_time_pass(history, "expired")
    history.control("delivery", hold=True)
    history.use_card(history.begin("returned", title="Paid too late"), "pm_card_visa")
    _let_time_pass(history, "returned")
    local.post(f"{history.klubba.sandbox}/sandbox/delivery/release").raise_for_status()
    local.delete(f"{history.klubba.sandbox}/sandbox/delivery").raise_for_status()
    history.await_payment("returned", lambda payment: payment["outcome"])


def _tell_status(history: History, started: Any, status: str, **changed: object) -> None:
    payment = started["payment_intent"]
    subject = {"id": payment["stripe_payment_intent_id"], "object": "payment_intent", "status": status}
    subject |= {"amount": 240_000, "amount_received": 0, "currency": "sek", "livemode": False}
    subject |= {"latest_charge": None, "last_payment_error": None, "metadata": {"payment": payment["id"]}}
    history.tell(f"payment_intent.{status}", subject | changed)


def _let_time_pass(history: History, name: str) -> None:
    """As the worker does once a minute."""
    history.sql(
        "UPDATE auctions_bid SET status = 'expired', pay_by = now() - interval '1 hour' WHERE id = %s",
        history.bids[name],
    )


def _messages_in_each_state(history: History) -> None:
    started = history.begin("quarrel", title="Somebody paid one krona for this")
    _tell_status(history, started, "succeeded", amount_received=100, latest_charge="ch_1")
    for kind in ("dead", "retrying"):
        history.tell("payment_intent.processing", {"id": f"pi_{kind}", "object": "payment_intent"})
    time.sleep(1)
    soon = datetime.now(UTC) + timedelta(hours=1)
    reason = "IntegrityError: a sentence of the database that nobody translates, " + "x" * 90
    history.sql(
        "UPDATE inbox_message SET state = 'dead', attempts = 8, reason = %s WHERE object_id = 'pi_dead'",
        reason,
    )
    history.sql(
        "UPDATE inbox_message SET state = 'received', attempts = 3, reason = %s, next_at = %s,"
        " handled_at = NULL WHERE object_id = 'pi_retrying'",
        reason,
        soon,
    )


def _an_account(history: History) -> None:
    """Begun and never answered: to Saga as if there were none."""
    history.sql(
        "INSERT INTO payouts_connectedaccount (seller_id, details_submitted, payouts_enabled,"
        " transfers_active, manual_payouts, requirements, disabled_reason, bank_account_id, bank_last4,"
        " bank_country, created_at)"
        " SELECT id, false, false, false, true, '[]', '', '', '', '', now() FROM people_user"
        " WHERE email = 'saga@klubba.example'"
    )


def _mallory(history: History) -> None:
    """Buys and sells, owns nothing, and has a name that no header is wide enough for."""
    history.sql(
        "UPDATE people_user SET is_seller = true, name = %s WHERE email = 'mallory@klubba.example'",
        "Mallory" * 28,
    )


def _unfinished(history: History) -> None:
    """From here on Stripe tells us nothing, and makes no PaymentIntent."""
    history.win("stripe-away", title="Stripe is away")
    history.control("delivery", hold=True)
    history.use_card(history.begin("confirming", title="Paid a moment ago"), "pm_card_visa")
    rule = {"method": "POST", "path": "/v1/payment_intents", "probability": 1, "kind": "reset_before"}
    history.control("faults", seed=1, rules=[rule])
