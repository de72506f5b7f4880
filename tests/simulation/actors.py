"""Everybody who does something, one step each. A step answers what came of it, in a few words."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import httpx

from auctions.models import Bid
from audit.sealing import seal_rows
from config.worker import ALL_HANDLERS, MESSAGES_AT_ONCE, SET_SIZE
from gateway.client import StripeAway, StripeRefused
from inbox.handling import handle_waiting
from inbox.receiving import draft_message, receive_messages
from notifications.delivery import deliver_letters
from notifications.writing import write_letters
from payments.confirmation import confirm_payment
from payments.deadlines import expire_unpaid_wins
from payments.initiation import PaymentRefused, start_payment
from payments.models import PaymentIntent
from payouts.holding import hold_seller, pause_payouts, release_seller, resume_payouts
from payouts.processors import PayoutProcessor
from tests.cast import a_won_bid
from tests.simulation.world import Charge, World
from treasury.balance_transactions import poll_movements
from treasury.missed_events import poll_events
from treasury.polling import poll
from treasury.sweeping import sweep

CARDS = ["pm_card_bypassPending"] * 6 + ["pm_card_visa"] * 2 + ["pm_card_visa_chargeDeclined"] * 2
CURRENCIES = ["SEK"]
MOST_MINOR = 5_000_000
FAULTS = ("reset_before", "reset_after", "500_after", "429", "malformed")
FAULTY = ("/v1/payment_intents", "/v1/transfers", "/v1/payouts")


def sell(world: World) -> str:
    seller, buyer = world.dice.choice(world.sellers), world.dice.choice(world.buyers)
    amount_minor, currency = world.dice.randrange(10_000, MOST_MINOR), world.dice.choice(CURRENCIES)
    bid = a_won_bid(
        buyer, seller, amount_minor=amount_minor, reserve_minor=None, currency=currency, at=world.now
    )
    world.bids.append(bid.pk)
    return f"{amount_minor} {currency}"


def begin_to_pay(world: World) -> str:
    bid = Bid.objects.select_related("auction", "buyer").get(pk=world.dice.choice(world.bids))
    try:
        payment = start_payment(bid, buyer=bid.buyer, at=world.now).payment
    except PaymentRefused as refused:
        return refused.code
    if payment.pk not in world.payments:
        world.payments.append(payment.pk)
    return "begun"


def pay(world: World) -> str:
    """In the browser, with Stripe's own script."""
    payment, card = _some_payment(world), world.dice.choice(CARDS)
    try:
        status = world.sandbox.confirm_intent(payment.stripe_payment_intent_id or "", payment_method=card)[
            "status"
        ]
    except httpx.HTTPStatusError as refused:
        status = str(refused.response.json()["error"].get("code"))
    if status == "succeeded":
        world.charged[payment.pk] = Charge(payment.seller_id, payment.total_minor)
    world.settle()
    return status


def come_back(world: World) -> str:
    """From Stripe to our page, which asks how it stands."""
    return confirm_payment(_some_payment(world), at=world.now).status


def hear(world: World) -> str:
    """Webhooks, in any order, late, and more than once; many never come."""
    told = world.events()
    heard = world.dice.choices(told, k=world.dice.randint(1, 4)) if told else []
    drafts = [
        draft_message(endpoint=endpoint, event=event, body=json.dumps(event).encode(), at=world.now)
        for endpoint, event in heard
    ]
    new = sum(receive_messages([draft]) for draft in drafts)
    return f"{new} of {len(drafts)}"


def drain(world: World) -> str:
    return str(handle_waiting(ALL_HANDLERS, limit=MESSAGES_AT_ONCE, at=world.now))


def ask_stripe(world: World) -> str:
    """What no webhook told, and what moved."""
    return f"{poll_events(at=world.now)} and {poll_movements(at=world.now)}"


def compare(world: World) -> str:
    """All that the duty asks, and each thing beside ours."""
    return str(poll(at=world.now))


def pay_out(world: World) -> str:
    return str(PayoutProcessor.pay_due_schedules(at=world.now))


def write(world: World) -> str:
    return str(write_letters(at=world.now))


def post(world: World) -> str:
    return str(deliver_letters(at=world.now))


def seal(world: World) -> str:
    return "some" if seal_rows() else "none"


def sweep_up(world: World) -> str:
    return str(sweep(limit=SET_SIZE, at=world.now))


def expire(world: World) -> str:
    return str(expire_unpaid_wins(limit=SET_SIZE, at=world.now))


def stop_and_let_go(world: World) -> str:
    """A seller is held or let go by an operator, pauses or goes on."""
    seller, by = world.dice.choice(world.sellers), world.cast.olga
    match world.dice.randrange(4):
        case 0:
            hold_seller(seller.pk, reason="Looked into.", by=by, at=world.now)
            return "held"
        case 1:
            return f"released {release_seller(seller.pk, reason='Solved.', by=by, at=world.now)}"
        case 2:
            pause_payouts(seller, at=world.now)
            return "paused"
        case _:
            resume_payouts(seller, at=world.now)
            return "resumed"


def fail(world: World) -> str:
    """Stripe loses requests and answers for a while."""
    rules: list[dict[str, object]] = [
        {"method": "POST", "path": path, "kind": kind, "probability": 0.4}
        for path in FAULTY
        for kind in world.dice.sample(FAULTS, 2)
    ]
    world.fail(rules, seed=world.dice.randrange(10**6))
    return " ".join(sorted({str(rule["kind"]) for rule in rules}))


def mend(world: World) -> str:
    world.fail([], seed=0)
    return ""


def forget_keys(world: World) -> str:
    """Stripe no longer knows which calls it has answered."""
    world.control("POST", "prune-keys", {})
    return ""


def wait(world: World) -> str:
    """Until some morning when banks may be open."""
    morning = (world.now + timedelta(days=world.dice.choice((1, 1, 2, 7)))).replace(hour=8, minute=0)
    world.pass_time(morning - world.now)
    return f"{world.now:%a %d %b}"


@dataclass(frozen=True)
class Actor:
    """`selling` and `paying` are how often it is its turn, before money is due and after.

    `points` are the places where it may die, or meet another.

    `needs` names what there must be some of. Whoever moves the clock or Stripe does nothing in the meantime.
    """

    act: Callable[[World], str]
    selling: int = 1
    paying: int = 1
    points: str = ""
    needs: str = ""
    in_the_meantime: bool = True

    @property
    def name(self) -> str:
        return self.act.__name__

    def is_able(self, world: World) -> bool:
        return not self.needs or bool(getattr(world, self.needs))

    def step(self, world: World) -> str:
        try:
            return self.act(world)
        except (StripeAway, StripeRefused) as unanswered:
            return type(unanswered).__name__


COMPLETION = "C1 C2 C3 C4 C5 P2 C6 C7 C8 C9 C11"
ACTORS = [
    Actor(sell, 6, 0),
    Actor(begin_to_pay, 9, 0, "P7 P8 P9.answered", needs="bids"),
    Actor(pay, 12, 1, needs="payments"),
    Actor(come_back, 4, 1, f"{COMPLETION} C12", needs="payments"),
    Actor(hear, 9, 4, "W2"),
    Actor(drain, 9, 4, f"{COMPLETION} C10 A1"),
    Actor(ask_stripe, 4, 4, "L1 L2 M1 M2 W2"),
    Actor(compare, 1, 1, "L1 L2 M1 M2 W2"),
    Actor(pay_out, 2, 20, "P1 P4 P5 P6 P7 P8 P9 P10 P11 B1 B2 B3"),
    Actor(write, 2, 2),
    Actor(post, 3, 3, "O1 O2"),
    Actor(seal, 2, 2, "H1"),
    Actor(sweep_up, 3, 2, "P7 P8 P9.answered"),
    Actor(expire, 1, 1, f"{COMPLETION} P7 P8 P9.answered"),
    Actor(stop_and_let_go, 1, 2),
    Actor(fail, 5, 6, in_the_meantime=False),
    Actor(mend, 2, 1, in_the_meantime=False),
    Actor(forget_keys, 3, 6, in_the_meantime=False),
    Actor(wait, 3, 2, in_the_meantime=False),
]


def _some_payment(world: World) -> PaymentIntent:
    return PaymentIntent.objects.get(pk=world.dice.choice(world.payments))
