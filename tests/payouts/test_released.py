"""What Stripe refused is released: the audit knows every reservation's end, whichever it was."""

from __future__ import annotations

import pytest

from audit.invariants import INVARIANTS
from audit.looking import Look
from payouts import transferring
from payouts.models import ConnectedAccount, PayoutSchedule
from payouts.reserving import reserve
from tests.payouts.moving import DUE, refuse, transfer


def unresolved() -> list[str]:
    """The schedules whose reservation came to no end, or to two, as the audit sees it."""
    return INVARIANTS["I13"](Look(DUE))


@pytest.mark.parametrize("refused", [0, 1, 2, 3])
def test_a_reservation_comes_to_its_end_however_much_of_it_is_refused(
    refused: int, account: ConnectedAccount, schedule: PayoutSchedule
) -> None:
    assert reserve(schedule.pk, at=DUE)
    assert unresolved() == []
    for place, item in enumerate(schedule.items.order_by("pk")):
        if place < refused:
            refuse(item, "transfers_not_allowed")
        else:
            transfer(item)
        assert unresolved() == []

    transferring._conclude(schedule.pk, at=DUE)

    assert unresolved() == []
