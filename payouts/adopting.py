"""Payouts that Stripe made for us, and that books restored from an earlier moment do not know."""

from datetime import datetime

from django.db import transaction

from gateway.payouts import PayoutFacts, write_made_payout
from payouts.locking import lock_seller
from payouts.models import ConnectedAccount, PayoutAttempt, PayoutSchedule
from payouts.sending import bank_for, book_sent, join_in_attempt, number_of_next

State, AttemptState = PayoutSchedule.State, PayoutAttempt.State

THERE = (State.TRANSFERRED, State.RETURNED)
BEFORE_ITS_TRANSFERS = (State.SCHEDULED, State.HELD, State.SENDING)


class BooksAreBehind(Exception):
    """The payout is of schedules that are not there yet: it is adopted when they are."""


@transaction.atomic
def adopt_payout(facts: PayoutFacts, *, account: str, at: datetime) -> bool:
    """TRANSFERRED or RETURNED -> IN_TRANSIT, by a payout that bears our marks and whose attempt nobody knows.

    False unless all the schedules it names are one seller's, lie on this account, are together of its amount,
    and were to go to just that bank account.

    Raises:
        BooksAreBehind: they are not that far yet.
    """
    numbers = dict(facts.schedules)
    first = PayoutSchedule.objects.filter(pk__in=numbers).first()
    if facts.attempt_id is None or first is None:
        return False
    lock_seller(first.seller_id)
    if PayoutAttempt.objects.filter(pk=facts.attempt_id).exists():
        return False
    named = PayoutSchedule.objects.select_related("payout").filter(
        pk__in=numbers,
        seller=first.seller_id,
        currency=facts.currency,
        is_being_reversed=False,
    )
    together = list(named.select_for_update(of=["self"]).order_by("pk"))
    if len(together) != len(numbers):
        return False
    if any(_is_behind(one, numbers[one.pk]) for one in together):
        raise BooksAreBehind(f"What {facts.id} pays out is not there yet.")
    owner = ConnectedAccount.objects.get(seller=first.seller_id)
    if not all(_fits(one, owner, facts, account, number=numbers[one.pk]) for one in together):
        return False
    if sum(one.total_minor for one in together) != facts.amount_minor:
        return False
    attempt, params = join_in_attempt(
        together, attempt_id=facts.attempt_id, bank_account_id=facts.destination, at=at
    )
    write_made_payout(attempt.pk, params, facts.id, at=at)
    PayoutAttempt.objects.filter(pk=attempt.pk).update(
        state=AttemptState.IN_TRANSIT, stripe_payout_id=facts.id, arrives_on=facts.arrival_date
    )
    book_sent(attempt, at=at)
    return True


def _is_behind(schedule: PayoutSchedule, number: int) -> bool:
    """The books will find out more: of its transfers, of a payout before this one, or of one being sent."""
    is_being_sent = schedule.payout is not None and schedule.payout.state == AttemptState.OPEN
    return schedule.state in BEFORE_ITS_TRANSFERS or is_being_sent or number > number_of_next(schedule)


def _fits(
    schedule: PayoutSchedule, owner: ConnectedAccount, facts: PayoutFacts, account: str, *, number: int
) -> bool:
    """Marks can be written by whoever may make payouts there; where the money is to go, only by us."""
    is_next = schedule.state in THERE and number == number_of_next(schedule)
    goes_there = facts.destination == bank_for(schedule, owner)
    return is_next and schedule.destination_account == account and goes_there
