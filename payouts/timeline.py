"""The story of a payout, oldest first: what happened to it, and what is expected."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time

from django.utils.translation import gettext

from events.models import Event
from events.reading import stories_of
from payouts.bank_days import PLATFORM_ZONE
from payouts.bank_words import bank_word
from payouts.models import PayoutSchedule

State = PayoutSchedule.State


@dataclass(frozen=True)
class PayoutStep:
    """One step. `expected` is a step to come; `at` None means no time is known."""

    at: datetime | None
    kind: str
    text: str
    actor: str
    expected: bool = False


# Each is given the reason and the bank's word, in the reader's language.
WORDS: dict[str, Callable[[str, str], str]] = {
    "payout.chosen": lambda reason, bank: gettext("Klubba put these sales on a payout of their own."),
    "payout.held": lambda reason, bank: gettext("Put on hold. %s") % reason,
    "payout.released": lambda reason, bank: gettext("The hold ended. %s") % reason,
    "payout.approved": lambda reason, bank: gettext("Approved."),
    "payout.sending": lambda reason, bank: gettext("The money moves to the seller's account at Stripe."),
    "payout.transferred": lambda reason, bank: gettext("The money is on the seller's account at Stripe."),
    "payout.sent": lambda reason, bank: gettext("On its way to the bank."),
    "payout.paid": lambda reason, bank: gettext("Arrived in the bank."),
    "payout.returned": lambda reason, bank: gettext("The bank sent it back: %s.") % bank,
    "payout.reversing": lambda reason, bank: gettext("Being taken back. %s") % reason,
    "payout.reversed": lambda reason, bank: gettext("The money was taken back. Its sales get a new day."),
    "payouts.balance_insufficient": lambda reason, bank: gettext("Our balance at Stripe did not cover it."),
}
FOR_OPERATORS = frozenset({"payouts.balance_insufficient"})
OF_THE_BANK = frozenset({"payout.paid", "payout.returned"})


def timeline_of_payout(schedule: PayoutSchedule) -> list[PayoutStep]:
    """What its seller may know of it."""
    (story,) = stories_of("payout", [schedule.pk]).values()
    planned = PayoutStep(
        schedule.created_at, "payout.scheduled", gettext("The payout was planned."), "system"
    )
    return [planned, *steps_of(story), *_to_come(schedule)]


def steps_of(story: list[Event]) -> list[PayoutStep]:
    """The diary's lines about a payout as steps."""
    return [
        PayoutStep(
            at=event.at,
            kind=event.kind,
            text=WORDS[event.kind](
                str(event.details.get("reason", "")), bank_word(str(event.details.get("failure_code", "")))
            ),
            actor="bank" if event.kind in OF_THE_BANK else "system",
        )
        for event in story
        if event.kind in WORDS and event.kind not in FOR_OPERATORS
    ]


def _to_come(schedule: PayoutSchedule) -> list[PayoutStep]:
    """No day is promised for what is held, or for what waits for its seller."""
    leaves = gettext("Leaves for the bank.")
    if schedule.state == State.SCHEDULED and not schedule.reason:
        leaves_at = datetime.combine(schedule.scheduled_date, time(6), tzinfo=PLATFORM_ZONE)
        return [PayoutStep(leaves_at, "payout.sending", leaves, "system", expected=True)]
    if schedule.state in (State.SCHEDULED, State.HELD):
        return [PayoutStep(None, "payout.sending", leaves, "system", expected=True)]
    if schedule.state == State.IN_TRANSIT and schedule.payout and schedule.payout.arrives_on:
        arrives_at = datetime.combine(schedule.payout.arrives_on, time(0), tzinfo=PLATFORM_ZONE)
        arrives = gettext("Arrives in the bank.")
        return [PayoutStep(arrives_at, "payout.paid", arrives, "bank", expected=True)]
    return []
