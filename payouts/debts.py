"""Giving to a seller and taking from one, when a debt may stand; under the seller's lock."""

from ledger.balances import balance_minor
from ledger.chart import payable, receivable, rolling_reserve
from ledger.posting import Line


def take(seller_id: int, *, open_minor: int, kept_minor: int, amount_minor: int, credit: str) -> list[Line]:
    """Take an amount from one line: its open part first, then what was kept back of it, the rest as debt.

    `open_minor` is the line's part in `payable`, `kept_minor` the one in `rolling_reserve`; `credit` is
    where it goes. All in the smallest unit.
    """
    from_open = min(amount_minor, open_minor)
    from_kept = min(amount_minor - from_open, kept_minor)
    return [
        Line(payable(seller_id), credit, from_open),
        Line(rolling_reserve(seller_id), credit, from_kept),
        Line(receivable(seller_id), credit, amount_minor - from_open - from_kept),
    ]


def give(seller_id: int, *, currency: str, amount_minor: int, debit: str) -> list[Line]:
    """Give an amount to a seller: what they owe is paid off first, the rest is theirs. From `debit`."""
    owed = min(amount_minor, balance_minor(receivable(seller_id), currency))
    return [
        Line(debit, receivable(seller_id), owed),
        Line(debit, payable(seller_id), amount_minor - owed),
    ]
