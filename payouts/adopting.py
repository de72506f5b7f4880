"""Payouts that Stripe made for us, and that books restored from an earlier moment do not know."""

from datetime import datetime

from django.db import transaction

from gateway.payouts import PayoutFacts, write_made_payout
from payouts.arriving import PayoutNotYetOurs
from payouts.locking import lock_seller
from payouts.models import PayoutAttempt, PayoutSchedule
from payouts.sending import book_sent, join_in_attempt

State, AttemptState = PayoutSchedule.State, PayoutAttempt.State

NOT_THERE_YET = (State.SCHEDULED, State.HELD, State.SENDING)
THERE = (State.TRANSFERRED, State.RETURNED)


@transaction.atomic
def adopt_payout(facts: PayoutFacts, *, account: str, at: datetime) -> bool:
    """TRANSFERRED or RETURNED -> IN_TRANSIT, by a payout that bears our marks and whose attempt nobody knows.

    False unless all the schedules it names are one seller's, on this account, in no attempt that is open, and
    together of its amount.

    Raises:
        PayoutNotYetOurs: their transfers were made as well, and are found first, when they are due.
    """
    first = PayoutSchedule.objects.filter(pk__in=facts.schedule_ids).first()
    if facts.attempt_id is None or first is None:
        return False
    lock_seller(first.seller_id)
    if PayoutAttempt.objects.filter(pk=facts.attempt_id).exists():
        return False
    named = PayoutSchedule.objects.filter(
        pk__in=facts.schedule_ids, currency=facts.currency, is_being_reversed=False
    ).exclude(payout__state=AttemptState.OPEN)
    together = list(named.select_for_update(of=["self"]).order_by("pk"))
    if len(together) != len(facts.schedule_ids):
        return False
    if any(one.state in NOT_THERE_YET for one in together):
        raise PayoutNotYetOurs(f"The transfers that {facts.id} pays out have not been found yet.")
    are_there = all(one.state in THERE and one.destination_account == account for one in together)
    if not are_there or sum(one.total_minor for one in together) != facts.amount_minor:
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
