"""What Stripe tells of sellers' accounts and of payouts to their banks; it comes by the Connect address."""

from collections.abc import Callable
from datetime import datetime

from gateway.accounts import read_account
from gateway.facts import NotReadable
from gateway.payouts import PayoutFacts, read_payout
from inbox.handling import Postponed
from inbox.models import Message
from payments.reading import object_of, told_at
from payments.tallying import tally_arrival
from payouts.adopting import BooksAreBehind, adopt_payout
from payouts.arriving import (
    Arrival,
    recognize_payout,
    record_payout_failed,
    record_payout_paid,
    stop_for_strange_payout,
)
from payouts.onboarding import keep_account, lose_account

Record = Callable[..., Arrival | None]


def on_payouts_made(messages: list[Message], at: datetime) -> None:
    """Stripe has made a payout: ours, or one that nobody of us asked for."""
    _record(messages, recognize_payout, at=at)


def on_payouts_paid(messages: list[Message], at: datetime) -> None:
    """The bank has the money: only this means paid."""
    _record(messages, record_payout_paid, at=at)


def on_payouts_failed(messages: list[Message], at: datetime) -> None:
    """The bank sent it back, also after it was paid."""
    _record(messages, record_payout_failed, at=at)


def on_accounts_updated(messages: list[Message], at: datetime) -> None:
    """An account's readiness; an older event never overwrites a newer state."""
    for message in messages:
        try:
            facts = read_account(object_of(message))
        except NotReadable as refused:
            message.quarantine(str(refused))
            continue
        if message.account != facts.id or not keep_account(facts, told_at=told_at(message), at=at):
            message.quarantine("No seller of ours has this account.")


def on_accounts_lost(messages: list[Message], at: datetime) -> None:
    """A seller took our access to the account away."""
    for message in messages:
        if not lose_account(message.account, at=at):
            message.quarantine("No seller of ours has this account.")


def _record(messages: list[Message], record: Record, *, at: datetime) -> None:
    """In the order they were told.

    Raises:
        PayoutNotYetOurs: Stripe was faster than our own note of its answer; the message waits for it.
        Postponed: it is of books that were restored, and they have not come that far again.
    """
    for message in sorted(messages, key=told_at):
        try:
            facts = read_payout(object_of(message))
        except NotReadable as refused:
            message.quarantine(str(refused))
            continue
        arrival = record(facts, account=message.account, at=at)
        if arrival is None and _adopted(facts, account=message.account, at=at):
            arrival = record(facts, account=message.account, at=at)
        if arrival is None:
            stop_for_strange_payout(facts.id, account=message.account, at=at)
            message.quarantine("No payout of ours is this one, on this account, of this amount.")
        elif arrival.completed_minor:
            tally_arrival(
                seller_id=arrival.seller_id,
                currency=arrival.currency,
                completed_minor=arrival.completed_minor,
            )


def _adopted(facts: PayoutFacts, *, account: str, at: datetime) -> bool:
    try:
        return adopt_payout(facts, account=account, at=at)
    except BooksAreBehind as behind:
        raise Postponed(str(behind)) from behind
