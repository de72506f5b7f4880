"""*free*: what of our balance at Stripe is nobody else's (decision 0008)."""

from ledger.balances import balance_minor, owned_minor

OWED_TO_SELLERS = ("payable", "rolling_reserve", "reserved")
OWED_TO_OTHERS = ("buyers:refunds", "platform:vat")


def free_minor(currency: str) -> int:
    """Our balance at Stripe, less what sellers, buyers and the tax office are owed of it; smallest unit.

    What is in transit has left that balance already, and what is contested is missing from it.
    """
    return balance_minor("stripe:clearing", currency) - owed_minor(currency)


def owed_minor(currency: str) -> int:
    """What of our balance at Stripe is others': sellers', buyers', the tax office's, or nobody's yet."""
    return owed_of(
        sellers_minor=owned_minor(*OWED_TO_SELLERS).get(currency, 0),
        others_minor=sum(balance_minor(code, currency) for code in OWED_TO_OTHERS),
        suspense_minor=balance_minor("suspense", currency),
    )


def owed_of(*, sellers_minor: int, others_minor: int, suspense_minor: int) -> int:
    """The rule of what is others': money in suspense counts while it may be somebody's."""
    return sellers_minor + others_minor + max(0, suspense_minor)


def drawable_of(*, clearing_minor: int, available_minor: int, owed_minor: int) -> int:
    """The rule of what we may draw: of what is there by our books and by Stripe, what nobody else is owed."""
    return max(0, min(clearing_minor, available_minor) - owed_minor)
