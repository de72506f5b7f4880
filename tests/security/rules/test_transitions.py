"""Which state may follow which: every pair is tried, and the database lets these through and no others."""

from __future__ import annotations

from itertools import permutations
from typing import NamedTuple

import pytest
from django.db import DatabaseError

from payouts.models import PayoutAttempt, PayoutItem, PayoutSchedule
from tests.databases import undone_afterwards
from tests.security.rules.asking import Row, drop, run

PAID = "row.state = 'paid'"


class Guarded(NamedTuple):
    """A guarded table, its states, what may follow each; and the column of Stripe's that some states have."""

    table: str
    guard: str
    states: list[str]
    may_follow: dict[str, str]
    column: str = ""
    having_it: str = ""

    def columns(self, state: str) -> dict[str, str]:
        """What a row of that state says, as SQL."""
        of_stripe = {self.column: "'id_x'" if state in self.having_it.split() else "null"}
        return {"state": f"'{state}'"} | (of_stripe if self.column else {})


GUARDED = [
    Guarded(
        "payouts_payoutschedule",
        "schedule_guarded",
        PayoutSchedule.State.values,
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
        {
            "waiting": "reserved settled dropped",
            "reserved": "transferred dropped",
            "dropped": "waiting",
            "transferred": "paid dropped",
            "paid": "transferred",
        },
        "stripe_transfer_id",
        "transferred paid",
    ),
    Guarded(
        "payouts_payoutattempt",
        "attempt_guarded",
        PayoutAttempt.State.values,
        {"open": "refused in_transit", "in_transit": "paid returned", "paid": "returned"},
        "stripe_payout_id",
        "in_transit paid returned",
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
    copied = ", ".join(f"'{column}', {value}" for column, value in guarded.columns(old).items())
    changed = ", ".join(f"{column} = {value}" for column, value in guarded.columns(new).items())
    with undone_afterwards():
        ((pk,),) = run(f"{Row('', guarded.table, copied, PAID).sql} RETURNING id")
        try:
            run(f"UPDATE {guarded.table} SET {changed} WHERE id = '{pk}'")
        except DatabaseError as refused:
            assert f"cannot go from {old} to {new}" in str(refused)
            return str(refused)
    return ""
