"""What time does by itself: money becomes available, payouts arrive or fail, deadlines pass."""

from collections.abc import Callable

from sandbox import debit_decisions, disputes, payout_arrivals, refunds
from sandbox.balance import tell_available
from sandbox.calls import Call
from sandbox.clock import now
from sandbox.due import take_due
from sandbox.store import Store

ACTS: dict[str, Callable[[Call, str], None]] = {
    **debit_decisions.ACTS,
    **disputes.ACTS,
    **payout_arrivals.ACTS,
    **refunds.ACTS,
}


def pass_time(store: Store, *, base_url: str = "") -> bool:
    """Do all that is due by now, in its order; whether anything was. Again it does nothing."""
    richer, found = dict[str, None](), False
    for kind, subject, account in take_due(store, now=now(store)):
        found = True
        if kind == "balance":
            richer[account] = None
        else:
            ACTS[kind](Call(store=store, account=account, base_url=base_url), subject)
    for account in richer:
        tell_available(Call(store=store, account=account, base_url=base_url))
    return found
