"""Which state may follow which: every pair is tried, and the database lets these through and no others."""

from __future__ import annotations

from itertools import permutations
from typing import NamedTuple

import pytest
from django.db import DatabaseError

from payouts.models import PayoutAttempt, PayoutItem, PayoutSchedule
from tests.databases import undone_afterwards
from tests.security.rules.asking import Row, drop, run


class Guarded(NamedTuple):
    """A guarded table, its states, what a row of these states has of Stripe's, and what may follow."""

    table: str
    guard: str
    states: list[str]
    of_stripe: str
    has_it: set[str]
    may_follow: dict[str, str]

    def with_it(self, state: str) -> tuple[str, str]:
        """The column and its value, as SQL."""
        return self.of_stripe, "'id_x'" if state in self.has_it else "null"


GUARDED = [
    Guarded(
        "payouts_payoutschedule",
        "schedule_guarded",
        PayoutSchedule.State.values,
        "reason",
        set(PayoutSchedule.State.values),
        {
            "scheduled": "sending held canceled",
            "held": "scheduled canceled",
            "sending": "transferred scheduled",
            "transferred": "in_transit canceled",
            "in_transit": "paid returned",
            "paid": "returned",
            "returned": "in_transit canceled",
        },
    ),
    Guarded(
        "payouts_payoutitem",
        "item_guarded",
        PayoutItem.State.values,
        "stripe_transfer_id",
        {"transferred", "paid"},
        {
            "waiting": "reserved settled dropped",
            "reserved": "transferred dropped",
            "dropped": "waiting",
            "transferred": "paid dropped",
            "paid": "transferred",
        },
    ),
    Guarded(
        "payouts_payoutattempt",
        "attempt_guarded",
        PayoutAttempt.State.values,
        "stripe_payout_id",
        {"in_transit", "paid", "returned"},
        {"open": "refused in_transit", "in_transit": "paid returned", "paid": "returned"},
    ),
]


@pytest.mark.parametrize("guarded", GUARDED, ids=lambda guarded: guarded.guard)
def test_a_state_follows_another_as_it_may(ground: None, guarded: Guarded) -> None:
    taken = {pair for pair in permutations(guarded.states, 2) if not refusal_of_going(guarded, *pair)}

    assert taken == {(old, new) for old, later in guarded.may_follow.items() for new in later.split()}


@pytest.mark.parametrize("guarded", GUARDED, ids=lambda guarded: guarded.guard)
def test_nothing_but_the_guard_says_so(ground: None, guarded: Guarded) -> None:
    drop(guarded.guard, guarded.table)

    assert {refusal_of_going(guarded, *pair) for pair in permutations(guarded.states, 2)} == {""}


def refusal_of_going(guarded: Guarded, old: str, new: str) -> str:
    """What the database says to a row of the old state that goes to the new one; empty if it goes."""
    column, value = guarded.with_it(old)
    row = Row("", guarded.table, f"'state', '{old}', '{column}', {value}", "row.state = 'paid'")
    with undone_afterwards():
        ((pk,),) = run(f"{row.sql} RETURNING id")
        column, value = guarded.with_it(new)
        try:
            run(f"UPDATE {guarded.table} SET state = '{new}', {column} = {value} WHERE id = '{pk}'")
        except DatabaseError as refused:
            assert f"cannot go from {old} to {new}" in str(refused)
            return str(refused)
    return ""
