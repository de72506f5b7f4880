"""Telling the books a story: each row of the table of journals once, in its own words, in öre."""

from __future__ import annotations

from django.db.models import Q

from ledger import chart
from ledger.balances import posted_minor
from ledger.models import Account
from ledger.posting import Line, post_journal
from tests.cast import NOON

SAGA = 7
# The reference sale: 11 000.00 SEK at 7 %, and what Stripe takes of it.
TOTAL, PART, COMMISSION, FEE = 1_100_000, 1_023_000, 77_000, 16_680

CLEARING, HELD_BY_STRIPE = "stripe:clearing", "stripe:reserved"
INCOME, VAT, FEES = "platform:commission", "platform:vat", "platform:stripe_fees"
LOSSES, DISPUTE_FEES = "platform:losses", "platform:dispute_fees"
REFUNDS, DISPUTED, SUSPENSE, FX = "buyers:refunds", "disputes:contested", "suspense", "fx:position"
OUR_BANK, TO_OUR_BANK = "bank:platform", "bank:transit:platform"
PAYABLE, KEPT, OWED = chart.payable(SAGA), chart.rolling_reserve(SAGA), chart.receivable(SAGA)
CONTESTED, RESERVED, IN_TRANSIT = chart.contested(SAGA), chart.reserved(SAGA), chart.in_transit(SAGA)
AT_STRIPE, TO_HER_BANK = chart.connected(SAGA), chart.bank_transit(SAGA)

Row = tuple[str, str, int]


def tell(key: str, *rows: Row, currency: str = "SEK") -> None:
    """One journal: each row is debit, credit, amount."""
    post_journal(key=key, currency=currency, lines=[Line(*row) for row in rows], at=NOON)


def standing(currency: str = "SEK") -> dict[str, int]:
    """Every account that is not at 0. Debits equal credits, and what is kept is what was posted."""
    accounts = list(Account.objects.filter(currency=currency))
    balances = {account.code: posted_minor(account) for account in accounts}
    kept = [account for account in accounts if account.owner_id is not None]
    assert {a.code: a.balance_minor for a in kept} == {a.code: balances[a.code] for a in kept}
    on_debit = sum(balances[a.code] for a in accounts if a.side == Account.Side.DEBIT)
    assert 2 * on_debit == sum(balances.values())
    return {code: minor for code, minor in balances.items() if minor}


def nothing_is_owed() -> bool:
    """No seller and no buyer has anything to get, no seller owes, and nothing is on its way."""
    owners = Account.objects.filter(owner_id__isnull=False).exclude(balance_minor=0)
    open_ones = Account.objects.filter(Q(code=REFUNDS) | Q(code=SUSPENSE) | Q(code=DISPUTED))
    return not owners.exists() and not any(posted_minor(account) for account in open_ones)


def sale(n: int = 1) -> None:
    """Journals 1 and 2."""
    tell(f"payment:{n}", (CLEARING, PAYABLE, PART), (CLEARING, INCOME, COMMISSION))
    tell(f"fee:txn_{n}", (FEES, CLEARING, FEE))


def reserve(n: int = 1, *, attempt: int = 1, minor: int = PART) -> None:
    """Journal 6."""
    tell(f"payout:{n}:reserve:{attempt}", (PAYABLE, RESERVED, minor))


def transfer(n: int = 1, *, minor: int = PART) -> None:
    """Journal 8."""
    tell(f"transfer:{n}", (AT_STRIPE, CLEARING, minor), (RESERVED, IN_TRANSIT, minor))


def send(n: int = 1, *, attempt: int = 1, minor: int = PART) -> None:
    """Journal 9."""
    tell(f"payout:{n}:sent:{attempt}", (TO_HER_BANK, AT_STRIPE, minor))


def arrive(n: int = 1, *, attempt: int = 1, minor: int = PART) -> None:
    """Journal 10."""
    tell(f"payout:{n}:paid:{attempt}", (IN_TRANSIT, TO_HER_BANK, minor))


def pay_out(n: int = 1, *, minor: int = PART) -> None:
    """Journals 6, 8, 9 and 10: from payable to the seller's bank."""
    reserve(n, minor=minor)
    transfer(n, minor=minor)
    send(n, minor=minor)
    arrive(n, minor=minor)


def refund_before_payout(n: int = 1) -> None:
    """Journals 14 and 15 of a sale that has not left."""
    tell(f"refund:{n}:requested", (PAYABLE, REFUNDS, PART), (INCOME, REFUNDS, COMMISSION))
    tell(f"refund:{n}:sent", (REFUNDS, CLEARING, TOTAL))


def refund_after_payout(n: int = 1) -> None:
    """Journals 14 and 15 of a sale that the seller has had: it becomes a debt."""
    tell(f"refund:{n}:requested", (OWED, REFUNDS, PART), (INCOME, REFUNDS, COMMISSION))
    tell(f"refund:{n}:sent", (REFUNDS, CLEARING, TOTAL))


def draw(n: int, minor: int) -> None:
    """Journal 21: our own money to our own bank."""
    tell(f"platform_payout:{n}:sent", (TO_OUR_BANK, CLEARING, minor))
    tell(f"platform_payout:{n}:paid", (OUR_BANK, TO_OUR_BANK, minor))
