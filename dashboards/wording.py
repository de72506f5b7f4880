"""The words for every status, in one place: word, tone and icon. Tone is never the only signal."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import pgettext

from inbox.models import Message
from payments.models import PaymentIntent, Transaction
from payments.queries import status_of
from payouts.models import Earning, PayoutSchedule
from people.models import User


@dataclass(frozen=True)
class Word:
    """What a badge says, and how it looks."""

    text: str
    tone: str
    icon: str


Words = dict[str, tuple[Callable[[], str], str, str]]

PAYMENT_WORDS: Words = {
    "requires_payment_method": (lambda: pgettext("payment", "To pay"), "amber", "clock"),
    "requires_action": (lambda: pgettext("payment", "Approve in bank"), "amber", "shield"),
    "processing": (lambda: pgettext("payment", "Confirming"), "blue", "dots"),
    "succeeded": (lambda: pgettext("payment", "Paid"), "green", "check"),
    "declined": (lambda: pgettext("payment", "Declined"), "red", "cross"),
    "canceled": (lambda: pgettext("payment", "Cancelled"), "grey", "minus"),
    "expired": (lambda: pgettext("payment", "Expired"), "grey", "minus"),
    "returned": (lambda: pgettext("payment", "Paid too late"), "violet", "undo"),
}
PAYOUT_WORDS: Words = {
    "scheduled": (lambda: pgettext("payout", "Scheduled"), "blue", "calendar"),
    "held": (lambda: pgettext("payout", "On hold"), "red", "pause"),
    "held_for_approval": (lambda: pgettext("payout", "Waiting for approval"), "amber", "eye"),
    "sending": (lambda: pgettext("payout", "On the way"), "blue", "arrow"),
    "transferred": (lambda: pgettext("payout", "On the way"), "blue", "arrow"),
    "in_transit": (lambda: pgettext("payout", "On the way"), "blue", "arrow"),
    "paid": (lambda: pgettext("payout", "Paid out"), "green", "check"),
    "returned": (lambda: pgettext("payout", "Returned by bank"), "red", "cross"),
    "canceled": (lambda: pgettext("payout", "Cancelled"), "grey", "minus"),
    "nowhere": (lambda: pgettext("payout", "Held"), "grey", "lock"),
}
MESSAGE_WORDS: Words = {
    "received": (lambda: pgettext("webhook", "Received"), "grey", "clock"),
    "retrying": (lambda: pgettext("webhook", "Retrying"), "amber", "dots"),
    "handled": (lambda: pgettext("webhook", "Done"), "green", "check"),
    "ignored": (lambda: pgettext("webhook", "Not needed"), "grey", "minus"),
    "quarantined": (lambda: pgettext("webhook", "Needs a person"), "red", "flag"),
    "dead": (lambda: pgettext("webhook", "Needs a person"), "red", "flag"),
}
OF_APPROVAL = frozenset({"It is being reviewed.", "It changed after it was approved and is reviewed again."})
FLAG_WORDS: dict[str, Callable[[], str]] = {
    "above_limit": lambda: pgettext("flag", "Above the limit: two people approve it"),
    "forced_early": lambda: pgettext("flag", "Earlier than its own day: two people approve it"),
    "bank_changed": lambda: pgettext("flag", "Bank changed less than 7 days ago"),
    "contested": lambda: pgettext("flag", "An open dispute in it"),
}
PLATFORM_PAYOUT_WORDS: Words = {
    "open": (lambda: pgettext("our payout", "Asked for"), "blue", "dots"),
    "refused": (lambda: pgettext("our payout", "Refused by Stripe"), "red", "cross"),
    "in_transit": (lambda: pgettext("our payout", "On the way"), "blue", "arrow"),
    "paid": (lambda: pgettext("our payout", "In our bank"), "green", "check"),
    "failed": (lambda: pgettext("our payout", "Came back"), "red", "cross"),
}
INVARIANT_WORDS: Words = {
    "holds": (lambda: pgettext("audit", "Holds"), "green", "check"),
    "late": (lambda: pgettext("audit", "Late"), "amber", "clock"),
    "broken": (lambda: pgettext("audit", "Does not hold"), "red", "cross"),
}
BREAK_WORDS: Words = {
    "missing_event": (lambda: pgettext("difference", "Missing event"), "amber", "dots"),
    "fee": (lambda: pgettext("difference", "Fee"), "amber", "flag"),
    "timing": (lambda: pgettext("difference", "Timing"), "grey", "clock"),
    "amount": (lambda: pgettext("difference", "Amount"), "red", "cross"),
    "unknown": (lambda: pgettext("difference", "Unknown"), "red", "flag"),
    "gone": (lambda: pgettext("difference", "Gone"), "green", "check"),
    "explained": (lambda: pgettext("difference", "Explained"), "green", "person"),
}
ACTOR_WORDS: dict[str, Callable[[], str]] = {
    "buyer": lambda: pgettext("actor", "Buyer"),
    "bank": lambda: pgettext("actor", "Bank"),
    "system": lambda: "Klubba",
}


def payment_word(payment: PaymentIntent, *, reader: User) -> Word:
    """A seller is not told of the buyer's declines and approvals: to them it is a payment to come."""
    return _word(PAYMENT_WORDS, _payment_case(payment, told_everything=reader.pk != payment.seller_id))


def payout_word(schedule: PayoutSchedule) -> Word:
    for_approval = schedule.state == PayoutSchedule.State.HELD and schedule.reason in OF_APPROVAL
    return _word(PAYOUT_WORDS, "held_for_approval" if for_approval else schedule.state)


def sale_word(line: Transaction, schedule: PayoutSchedule | None) -> Word:
    """Where the money of a sale is: its payout's word, or its own before and without a payout."""
    if schedule is not None:
        return payout_word(schedule)
    cases = {Earning.Status.COMPLETED: "paid", Earning.Status.CANCELED: "canceled"}
    return _word(PAYOUT_WORDS, cases.get(Earning.Status(status_of(line)), "nowhere"))


def message_word(message: Message) -> Word:
    retrying = message.state == Message.State.RECEIVED and message.attempts
    return _word(MESSAGE_WORDS, "retrying" if retrying else message.state)


def flag_words(flag: str) -> str:
    """Why a person has to approve a payout."""
    return FLAG_WORDS[flag]() if flag in FLAG_WORDS else flag


def platform_payout_word(state: str) -> Word:
    return _word(PLATFORM_PAYOUT_WORDS, state)


def invariant_word(state: str) -> Word:
    return _word(INVARIANT_WORDS, state)


def break_word(case: str) -> Word:
    return _word(BREAK_WORDS, case)


def actor_word(name: str) -> str:
    return ACTOR_WORDS[name]() if name in ACTOR_WORDS else name


def payment_case_words() -> list[tuple[str, str]]:
    """The statuses an operator may filter by, with their words."""
    statuses = [status.value for status in PaymentIntent.Status]
    return [(status, _word(PAYMENT_WORDS, status).text) for status in statuses]


def _payment_case(payment: PaymentIntent, *, told_everything: bool) -> str:
    if payment.outcome == PaymentIntent.Outcome.RETURNED:
        return "returned"
    if payment.status == PaymentIntent.Status.CANCELED:
        return "expired" if payment.bid.status == "expired" else "canceled"
    untold = payment.status in PaymentIntent.OPEN and payment.status != PaymentIntent.Status.PROCESSING
    if untold and not told_everything:
        return "requires_payment_method"
    if payment.status == PaymentIntent.Status.REQUIRES_PAYMENT_METHOD and payment.last_error:
        return "declined"
    return payment.status


def _word(words: Words, case: str) -> Word:
    text, tone, icon = words[case]
    return Word(text=text(), tone=tone, icon=icon)
