"""Named places where a process may be made to die, so that the tests can prove that nothing is lost there.

Nothing happens at any of them unless the process was armed, which nothing in the product does.
"""

import os
import signal
from collections.abc import Callable

# What is true there and nowhere else: what was just done, and what was not yet.
POINTS = {
    "W1.verified": "a webhook is genuine, and not stored",
    "W2.inserted": "a message is stored, and nobody was woken",
    "W3.committed": "a message is stored, and Stripe does not know it yet",
    "C1.claimed": "payments are to be completed",
    "C2.intent_locked": "their rows are locked",
    "C3.status_set": "they have succeeded",
    "C4.commission_line": "the commission has its line",
    "C5.payout_line": "the payout has its line",
    "P2.schedule_row": "the earnings have their schedules",
    "C6.journal": "nothing is booked yet",
    "C7.postings": "the sale is booked",
    "C8.bid_paid": "the bid is paid",
    "C9.diary_written": "the diary has its line",
    "C11.before_commit": "a completion is whole, and not committed",
    "C10.inbox_marked": "a message has its effect and its mark, and neither is committed",
    "C12.after_commit": "a completion is committed",
    "P1.seller_locked": "a payout is to be reserved",
    "P4.reserved": "its money is reserved, and it has no calls",
    "P5.calls_written": "its calls are written, and nothing is committed",
    "P6.committed": "it is reserved, and nothing was sent",
    "P7.looked_up": "what is in doubt was not found at Stripe",
    "P8.marked_sent": "a call is marked as sent, and was not",
    "P9.answered": "Stripe has done it, and we have not written that down",
    "P9.sent": "a transfer is known to be made, and its item does not say so",
    "P10.confirmed": "an item is transferred, and that is not committed",
    "P11.concluded": "all of a schedule is transferred, and that is not committed",
    "B1.attempt_written": "a payout's attempt is written, and not committed",
    "B2.payout_made": "a payout is made, and its schedule does not say so",
    "B3.confirmed": "a payout is in transit, and that is not committed",
    "A1.paid_booked": "the bank has a payout, and that is not committed",
    "L1.events_read": "a page of Stripe's events was read, and is not kept",
    "L2.events_kept": "it is kept, and the mark has not moved",
    "M1.movements_kept": "movements of our balance are kept, and the mark has not moved",
    "M2.movements_named": "they have their journals, and that is not committed",
    "O1.published": "a letter has left, and is not marked",
    "O2.marked": "a letter is marked",
    "H1.sealed": "rows have their seals, and that is not committed",
}


class NoSuchPoint(ValueError):
    """Only what is listed can be armed."""


def _end_by_force() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


_armed: dict[str, Callable[[], None]] = {}


def arm(name: str, do: Callable[[], None] = _end_by_force) -> None:
    """From now on this process does that there: as a rule it is killed.

    Raises:
        NoSuchPoint: the name is not listed.
    """
    if name not in POINTS:
        raise NoSuchPoint(f"There is no crash point {name}.")
    _armed[name] = do


def disarm(name: str) -> None:
    """From now on nothing happens there."""
    _armed.pop(name, None)


def crashpoint(name: str) -> None:
    """Nothing happens here, unless this process was armed."""
    if name in _armed:
        _armed[name]()
