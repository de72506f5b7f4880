"""*free*: what of our balance at Stripe is nobody else's (decision 0008)."""

from ledger.balances import balance_minor, owned_minor

OWED_TO_SELLERS = ("payable", "rolling_reserve", "reserved")


def free_minor(currency: str) -> int:
    """Our balance at Stripe, less what sellers, buyers and the tax office are owed of it; smallest unit.

    What is in transit has left that balance already, and what is contested is missing from it.
    """
    return balance_minor("stripe:clearing", currency) - owed_minor(currency)


def owed_minor(currency: str) -> int:
    """What of our balance at Stripe is others': sellers', buyers', the tax office's, or nobody's yet."""
    owed = owned_minor(*OWED_TO_SELLERS).get(currency, 0)
    owed += balance_minor("buyers:refunds", currency) + balance_minor("platform:vat", currency)
    return owed + max(0, balance_minor("suspense", currency))
